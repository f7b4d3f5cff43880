import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CustomResource, Stack, Stage } from 'aws-cdk-lib';
import * as s3_assets from 'aws-cdk-lib/aws-s3-assets';

// What the stacks of as many models cost in CDK alone: each a custom resource with one file as its asset.
const directory = mkdtempSync(join(tmpdir(), 'plain-stacks-'));
const stage = new Stage(new App(), 'bench', { env: { account: '111111111111', region: 'us-east-1' } });
for (let index = 0; index < Number(process.env.BENCH_STACKS); index++) {
  const stack = new Stack(stage, `Model-${index}`);
  const path = join(directory, `${index}.json`);
  writeFileSync(path, JSON.stringify({ index }));
  const asset = new s3_assets.Asset(stack, 'Objects', { path });
  new CustomResource(stack, 'Resource', {
    serviceToken: 'arn:aws:lambda:us-east-1:111111111111:function:plain',
    properties: { Bucket: asset.s3BucketName, Key: asset.s3ObjectKey },
  });
}
rmSync(directory, { recursive: true });
