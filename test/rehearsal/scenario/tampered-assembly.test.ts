import * as fs from 'node:fs';
import * as path from 'node:path';
import { createHash } from 'node:crypto';
import { App } from 'aws-cdk-lib';
import { KubernetesRelease, ReleaseTier } from '../../../constructs/kubernetes';
import { tamper } from '../../../rehearsal/scenario/tampered-assembly';
import { chartOf, configMap, releaseFixture } from '../../support/release';

interface Assets {
  files: Record<string, { source: { path: string }; destinations: Record<string, { objectKey: string }> }>;
}

test('a tampered assembly is one that the CDK would have made itself: every hash and key fits', () => {
  const { stack, provider } = releaseFixture();
  new KubernetesRelease(stack, 'Release', {
    provider,
    tier: ReleaseTier.MODEL,
    name: 'chat',
    namespace: 'models',
    charts: [chartOf(configMap('one'))],
  });
  const { directory } = (stack.node.root as App).synth();
  tamper(directory, 'Test', {
    objects: (objects) => [...objects, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'added' } }],
    properties: { DeadlineSeconds: 5 },
  });

  const read = (file: string) => fs.readFileSync(path.join(directory, file), 'utf8');
  const template = JSON.parse(read('Test.template.json')) as {
    Resources: Record<string, { Type: string; Properties: { Key: string; DeadlineSeconds: number } }>;
  };
  const release = Object.values(template.Resources).find(({ Type }) => Type === 'Custom::KubernetesRelease')!;
  expect(release.Properties.DeadlineSeconds).toBe(5);
  const { files } = JSON.parse(read('Test.assets.json')) as Assets;
  for (const [hash, { source, destinations }] of Object.entries(files)) {
    expect(createHash('sha256').update(read(source.path)).digest('hex')).toBe(hash);
    for (const { objectKey } of Object.values(destinations)) expect(objectKey).toContain(hash);
  }
  const asset = files[release.Properties.Key.replace('.json', '')];
  expect(JSON.parse(read(asset.source.path))).toMatchObject({
    objects: [{ kind: 'ConfigMap' }, { kind: 'Service', metadata: { name: 'added' } }],
  });
  const templateHash = Object.entries(files).find(([, { source }]) => source.path === 'Test.template.json')![0];
  expect(read('manifest.json')).toContain(templateHash);
});

test('fails when the stack holds no release', () => {
  const { stack } = releaseFixture();
  const { directory } = (stack.node.root as App).synth();
  expect(() => tamper(directory, 'Test', {})).toThrow('expected one release to tamper with, got 0');
});
