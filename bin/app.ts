#!/usr/bin/env node
import { App } from 'aws-cdk-lib';
import { checkHandlerBundle } from '../lib/handler-bundle';
import { addEnvironments } from '../lib/platform-app';

checkHandlerBundle();
addEnvironments(new App());
