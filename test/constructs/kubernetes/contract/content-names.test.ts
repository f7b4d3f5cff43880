import { nameByContent } from '../../../../constructs/kubernetes/contract/content-names';
import { type KubernetesObject } from '../../../../constructs/kubernetes/contract/release-document';

function release(text: string): KubernetesObject[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'models', annotations: { 'llm-platform.dev/content-named': 'true' } },
      data: { text },
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'plain', namespace: 'models' }, data: { text } },
    {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      metadata: { name: 'chat', namespace: 'models' },
      spec: {
        template: {
          spec: {
            volumes: [
              { name: 'a', configMap: { name: 'settings' } },
              { name: 'b', projected: { sources: [{ configMap: { name: 'settings' } }] } },
              { name: 'c', configMap: { name: 'plain' } },
            ],
            containers: [
              {
                name: 'x',
                envFrom: [{ configMapRef: { name: 'settings' } }],
                env: [{ name: 'y', valueFrom: { configMapKeyRef: { name: 'settings', key: 'k' } } }],
              },
            ],
          },
        },
      },
    },
  ];
}

test('a ConfigMap that asks for it is named by its content, immutable, and found by everything that refers to it', () => {
  const [settings, plain, rollout] = nameByContent(release('one'));
  expect(settings.metadata.name).toMatch(/^settings-[a-f0-9]{10}$/);
  expect(settings.immutable).toBe(true);
  expect(plain.metadata.name).toBe('plain');
  const text = JSON.stringify(rollout);
  expect(text.split(`"name":"${settings.metadata.name}"`)).toHaveLength(5);
  expect(text).not.toContain('"name":"settings"');
  expect(text).toContain('"name":"plain"');
});

test('another content is another name, and the same content the same', () => {
  const name = (text: string) => nameByContent(release(text))[0].metadata.name;
  expect(name('one')).toBe(name('one'));
  expect(name('one')).not.toBe(name('two'));
});
