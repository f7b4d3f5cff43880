import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubernetesObject, ObjectMetadata } from '../../../constructs/kubernetes/contract/release-document';
import type { ObjectReference } from '../../../kubernetes-client/kubernetes-client';
import { startKeda } from '../../../rehearsal/platform/keda';
import type { ManagedProcess } from '../../../rehearsal/platform/managed-process';
import type { RunProcessSpec } from '../../../rehearsal/platform/run';

const API_SERVICE = 'APIService v1beta1.external.metrics.k8s.io';

describe('KEDA in the rehearsal', () => {
  let runDirectory: string;
  let done: string[];
  let started: RunProcessSpec[];
  let certificate: boolean;
  let dies: boolean;

  const client = {
    findMetadata: ({ name }: ObjectReference): Promise<ObjectMetadata> => Promise.resolve({ name }),
    get: <T>(): Promise<T> => Promise.resolve({ resources: [] } as T),
    create: (object: KubernetesObject) => {
      done.push(`create ${object.kind} ${object.metadata.name}`);
      return Promise.resolve(object);
    },
    remove: ({ kind, name }: ObjectReference) => {
      done.push(`delete ${kind} ${name}`);
      return Promise.resolve();
    },
    find: ({ apiVersion, kind, name }: ObjectReference): Promise<KubernetesObject> => {
      const data = Object.fromEntries(
        ['ca.crt', 'tls.crt', 'tls.key'].map((file) => [file, Buffer.from(`the ${file}`).toString('base64')]),
      );
      const content =
        name === 'kedaorg-certs'
          ? { data: certificate ? data : undefined }
          : { status: { conditions: [{ type: 'Available', status: 'True' }] } };
      return Promise.resolve({ apiVersion, kind, metadata: { name }, ...content });
    },
  };
  const start = (spec: RunProcessSpec): Promise<ManagedProcess> => {
    started.push(spec);
    done.push(`start ${spec.name}`);
    const managed = {
      isRunning: !dies,
      tail: () => 'its last words',
      kill: () => Promise.resolve(void done.push(`kill ${spec.name}`)),
    };
    return Promise.resolve(managed as unknown as ManagedProcess);
  };
  const run = (): ReturnType<typeof startKeda> =>
    startKeda({
      operator: '/operator',
      adapter: '/adapter',
      crds: join(runDirectory, 'definitions'),
      kubeconfig: '/kubeconfig',
      runDirectory,
      client,
      start,
      signal: new AbortController().signal,
    });

  beforeEach(() => {
    runDirectory = mkdtempSync(join(tmpdir(), 'keda-'));
    mkdirSync(join(runDirectory, 'definitions'));
    [done, started, certificate, dies] = [[], [], true, false];
  });
  afterEach(() => rmSync(runDirectory, { recursive: true, force: true }));

  test('the operator starts again with the certificate that it has made, then the adapter', async () => {
    await run();
    expect(done.filter((each) => /^(start|kill)/.test(each))).toEqual([
      'start keda-operator',
      'kill keda-operator',
      'start keda-operator',
      'start keda-adapter',
    ]);
    expect(
      ['ca.crt', 'tls.crt', 'tls.key'].map((file) => readFileSync(join(runDirectory, 'keda', file), 'utf8')),
    ).toEqual(['the ca.crt', 'the tls.crt', 'the tls.key']);
    await expect(started[2].ready?.()).resolves.toBe(true);
  });

  test('everything listens on loopback', async () => {
    await run();
    const [operator, , adapter] = started;
    const addresses = [...operator.args, ...adapter.args].filter((argument) => /-(address|port)=/.test(argument));
    expect(addresses).toHaveLength(7);
    // The two ports belong to --bind-address, and to the patch of the adapter.
    expect(
      addresses.filter((argument) => !/=127\.0\.0\.1(:\d+)?$/.test(argument)).map((argument) => argument.split('=')[0]),
    ).toEqual(['--secure-port', '--port']);
  });

  test('its API is taken away before it ends', async () => {
    const keda = await run();
    done.length = 0;
    await keda.stop();
    expect(done[0]).toBe(`delete ${API_SERVICE}`);
    expect(done.slice(-3)).toEqual(['kill keda-operator', 'kill keda-adapter', 'delete Namespace keda']);
  });

  test('an operator that ends without a certificate is told of, and leaves no API behind', async () => {
    [certificate, dies] = [false, true];
    await expect(run()).rejects.toThrow('keda-operator made no certificate; the end of its log:\nits last words');
    expect(done).toContain(`delete ${API_SERVICE}`);
  });
});
