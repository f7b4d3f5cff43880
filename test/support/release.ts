import { Stack } from 'aws-cdk-lib';
import * as cdk8s from 'cdk8s';
import { ReleaseProvider, type IReleaseProvider } from '../../constructs/kubernetes';
import { testApp } from './app';

/** A stack with a release provider that was created elsewhere. */
export function releaseFixture(): { stack: Stack; provider: IReleaseProvider } {
  const stack = new Stack(testApp({ wholeAssembly: true }), 'Test', {
    env: { account: '111111111111', region: 'us-east-1' },
  });
  const provider = ReleaseProvider.fromReleaseProviderAttributes(stack, 'Releases', {
    clusterName: 'test',
    platformServiceToken: 'arn:platform',
    modelServiceToken: 'arn:model',
  });
  return { stack, provider };
}

/** A chart of finished objects. */
export function chartOf(...objects: (cdk8s.ApiObjectProps & Record<string, unknown>)[]): cdk8s.Chart {
  const chart = new cdk8s.Chart(new cdk8s.App(), 'chart', { disableResourceNameHashes: true });
  objects.forEach((object, index) => new cdk8s.ApiObject(chart, `object-${index}`, object));
  return chart;
}

/** A ConfigMap with some data. */
export function configMap(name: string, data: Record<string, unknown> = { key: 'value' }) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'models' }, data };
}
