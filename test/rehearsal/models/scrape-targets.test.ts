import { type PodMonitor, scrapeTargets } from '../../../rehearsal/models/scrape-targets';
import type { PodView } from '../../../rehearsal/models/simulated-pod';

const POD: PodView = {
  namespace: 'models',
  name: 'chat-abc',
  uid: 'u',
  ip: '10.64.0.7',
  nodeName: 'gpu-0',
  annotations: {},
  port: 40123,
  labels: { 'llm-platform.dev/model': 'chat', 'llm-platform.dev/revision': 'r1', 'rollouts-pod-template-hash': '5d4f' },
  containers: [{ name: 'engine', ports: [{ name: 'http', containerPort: 8000 }] }],
  ready: true,
  terminating: false,
  restarts: 0,
};

function monitor(spec: Partial<PodMonitor['spec']> = {}): PodMonitor {
  return {
    metadata: { name: 'chat', namespace: 'models' },
    spec: {
      selector: { matchLabels: { 'llm-platform.dev/model': 'chat' } },
      podTargetLabels: ['llm-platform.dev/model', 'not-there'],
      podMetricsEndpoints: [
        {
          port: 'http',
          path: '/metrics',
          relabelings: [
            {
              sourceLabels: ['__meta_kubernetes_pod_label_rollouts_pod_template_hash'],
              targetLabel: 'rollouts_pod_template_hash',
            },
          ],
        },
      ],
      ...spec,
    },
  };
}

describe('scrapeTargets', () => {
  test('names a selected pod as the operator would, and copies the hash', () => {
    expect(scrapeTargets(monitor(), [POD])).toEqual([
      {
        targets: ['127.0.0.1:40123'],
        labels: {
          __metrics_path__: '/metrics',
          job: 'models/chat',
          namespace: 'models',
          pod: 'chat-abc',
          container: 'engine',
          endpoint: 'http',
          instance: '10.64.0.7:8000',
          llm_platform_dev_model: 'chat',
          rollouts_pod_template_hash: '5d4f',
        },
      },
    ]);
  });

  test.each<[string, Partial<PodMonitor['spec']>]>([
    ['another label', { selector: { matchLabels: { 'llm-platform.dev/model': 'other' } } }],
    [
      'an expression',
      { selector: { matchExpressions: [{ key: 'llm-platform.dev/model', operator: 'NotIn', values: ['chat'] }] } },
    ],
    ['another namespace', { namespaceSelector: { matchNames: ['elsewhere'] } }],
    ['a port that no container has', { podMetricsEndpoints: [{ port: 'metrics' }] }],
    [
      'a relabeling that drops it',
      {
        podMetricsEndpoints: [
          { port: 'http', relabelings: [{ action: 'drop', sourceLabels: ['pod'], regex: 'chat-.*' }] },
        ],
      },
    ],
  ])('does not scrape a pod because of %s', (_, spec) => {
    expect(scrapeTargets(monitor(spec), [POD])).toEqual([]);
  });

  test('scrapes nothing of a pod whose engine was never started', () => {
    expect(scrapeTargets(monitor(), [{ ...POD, port: 0 }])).toEqual([]);
  });

  test('replaces by expression, and leaves a label alone that the expression does not match', () => {
    const [{ labels }] = scrapeTargets(
      monitor({
        podMetricsEndpoints: [
          {
            portNumber: 8000,
            relabelings: [
              {
                sourceLabels: ['namespace', 'pod'],
                regex: '(.+);(.+)-abc',
                replacement: '$1/${2}',
                targetLabel: 'workload',
              },
              { sourceLabels: ['pod'], regex: 'x.*', targetLabel: 'pod', replacement: 'y' },
            ],
          },
        ],
      }),
      [POD],
    );
    expect(labels).toMatchObject({ workload: 'models/chat', pod: 'chat-abc', endpoint: '8000' });
  });

  test('refuses an action that it does not know', () => {
    const endpoints = [{ port: 'http', relabelings: [{ action: 'hashmod' }] }];
    expect(() => scrapeTargets(monitor({ podMetricsEndpoints: endpoints }), [POD])).toThrow(
      'relabelings.action: expected replace, keep or drop, got hashmod',
    );
  });
});
