#!/usr/bin/env node
import { App } from 'aws-cdk-lib';
import { addEnvironments } from '../lib/platform-app';

addEnvironments(new App());
