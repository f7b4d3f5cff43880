import { App, Stack } from 'aws-cdk-lib';

// What every CDK app costs before it does anything.
new Stack(new App(), 'Empty');
