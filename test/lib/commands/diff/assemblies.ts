import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { CfnResource, Stack, Stage } from 'aws-cdk-lib';
import type * as cdk8s from 'cdk8s';
import { KubernetesRelease, ReleaseProvider, ReleaseTier } from '../../../../constructs/kubernetes';
import { testApp } from '../../../support/app';
import { chartOf } from '../../../support/release';

const made: string[] = [];

/** Removes what {@link assembly} made. */
export function removeAssemblies(): void {
  for (const directory of made.splice(0)) fs.rmSync(directory, { recursive: true });
}

type KubernetesProps = cdk8s.ApiObjectProps & Record<string, unknown>;

/** Synthesizes an environment `test` with one stack a model: its objects, and what else `more` puts into the stack. */
export function assembly(
  models: Record<string, (stack: Stack) => KubernetesProps[]>,
  more?: (stack: Stack) => void,
): string {
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'assembly-'));
  made.push(outdir);
  const app = testApp({ outdir });
  const stage = new Stage(app, 'test', { env: { account: '111111111111', region: 'us-east-1' } });
  for (const [name, objects] of Object.entries(models)) {
    const stack = new Stack(stage, `Serving-${name}`);
    const provider = ReleaseProvider.fromReleaseProviderAttributes(stack, 'Releases', {
      clusterName: 'test',
      platformServiceToken: 'arn:platform',
      modelServiceToken: 'arn:model',
    });
    new KubernetesRelease(stack, 'Release', {
      provider,
      tier: ReleaseTier.MODEL,
      name,
      namespace: 'models',
      charts: [chartOf(...objects(stack))],
    });
    more?.(stack);
  }
  app.synth();
  return outdir;
}

/** A queue: a resource whose name, when it changes, makes CloudFormation replace it. */
export function queue(stack: Stack, id: string, properties: object = {}): CfnResource {
  return new CfnResource(stack, id, { type: 'AWS::SQS::Queue', properties });
}

/** A Rollout that mounts a ConfigMap. */
export function rollout(name: string, image: string, spec: object = {}): KubernetesProps {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name, namespace: 'models' },
    spec: {
      replicas: 4,
      template: {
        spec: {
          containers: [
            { name: 'engine', image, args: ['serve', '--model=m', `--revision=${image}`] },
            { name: 'sidecar', image: 'proxy:1' },
          ],
          volumes: [{ name: 'config', configMap: { name: `${name}-config` } }],
        },
      },
      strategy: { canary: { steps: [{ setWeight: 25 }, { pause: { duration: '10m' } }, { analysis: {} }] } },
      ...spec,
    },
  };
}

/** A ConfigMap that is named by its content. */
export function contentNamed(name: string, value: string): KubernetesProps {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    data: { file: value },
    metadata: {
      name: `${name}-config`,
      namespace: 'models',
      annotations: { 'llm-platform.dev/content-named': 'true' },
    },
  };
}
