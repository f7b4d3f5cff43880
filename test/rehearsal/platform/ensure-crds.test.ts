import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KubernetesObject, type ObjectMetadata } from '../../../constructs/kubernetes/contract/release-document';
import { ApiError, type ObjectReference } from '../../../kubernetes-client/kubernetes-client';
import { ensureCrds } from '../../../rehearsal/platform/ensure-crds';

const crd = (plural: string): object => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.example.com` },
  spec: { group: 'example.com', names: { plural }, versions: [{ name: 'v1' }] },
});

describe('CRDs that a scene needs', () => {
  let folder: string;
  let there: Set<string>;
  let created: string[];
  let listed: number;
  /** Lists a kind only the second time that it is asked. */
  const client = {
    findMetadata: ({ kind, name }: ObjectReference): Promise<ObjectMetadata | undefined> =>
      Promise.resolve(kind === 'CustomResourceDefinition' && there.has(name) ? { name } : undefined),
    create: (object: KubernetesObject) => {
      created.push(`${object.kind} ${object.metadata.name}`);
      there.add(object.metadata.name);
      return Promise.resolve(object);
    },
    get: <T>(path: string): Promise<T> => {
      listed += 1;
      const resources =
        listed > 1 && path === '/apis/example.com/v1' ? [...there].map((name) => ({ name: name.split('.')[0] })) : [];
      return Promise.resolve({ resources } as T);
    },
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'definitions-'));
    there = new Set();
    created = [];
    listed = 0;
    writeFileSync(join(folder, 'a.yaml'), `${JSON.stringify(crd('apples'))}\n---\n${JSON.stringify(crd('pears'))}\n`);
    writeFileSync(join(folder, 'README.md'), 'no CRD');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('are created where they are not there, and waited for', async () => {
    there.add('apples.example.com');
    await ensureCrds({ folder, client, signal: new AbortController().signal });
    expect(created).toEqual(['CustomResourceDefinition pears.example.com']);
    expect(listed).toBe(3);
  });

  test('are waited for no longer than the rehearsal runs', async () => {
    const controller = new AbortController();
    controller.abort(new Error('stopped'));
    await expect(
      ensureCrds({
        folder,
        client: { ...client, get: () => Promise.reject(new ApiError(404, 'no such group')) },
        signal: controller.signal,
      }),
    ).rejects.toThrow('stopped');
  });
});
