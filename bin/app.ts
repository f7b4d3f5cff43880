#!/usr/bin/env node
import { App } from 'aws-cdk-lib';
import { production, rehearsal, type RehearsalOverrides, staging } from '../environments';
import { checkHandlerBundle } from '../lib/handler-bundle';
import { addEnvironments, contextFile } from '../lib/platform-app';

checkHandlerBundle();
const app = new App();
// A rehearsal says in a file what is known only while it runs.
addEnvironments(app, [staging, production], [rehearsal(contextFile<RehearsalOverrides>(app, 'rehearsal'))]);
