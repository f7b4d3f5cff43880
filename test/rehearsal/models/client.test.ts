import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelsClient } from '../../../rehearsal/models/client';
import { PROFILES } from '../../../rehearsal/models/profiles';

const KUBECONFIG = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'c',
  users: [{ name: 'u', user: { token: 't' } }],
  // Nobody listens there: the simulation has to wait for its API server.
  clusters: [{ name: 'k', cluster: { server: 'https://127.0.0.1:1' } }],
  contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
});

describe('ModelsClient', () => {
  let folder: string;
  let client: ModelsClient;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'models-client-'));
    writeFileSync(join(folder, 'kubeconfig'), KUBECONFIG);
    client = await ModelsClient.start({
      kubeconfig: join(folder, 'kubeconfig'),
      targetsFile: join(folder, 'targets.json'),
      logFile: join(folder, 'models.log'),
    });
  });

  afterAll(async () => {
    await client.stop();
    rmSync(folder, { recursive: true });
  });

  test('writes targets from a process of its own, and takes commands', async () => {
    expect(readFileSync(join(folder, 'targets.json'), 'utf8')).toBe('[]');
    await client.setProfile('r1', PROFILES.slow);
    await expect(client.pods()).resolves.toEqual([]);
  });

  test('sends load until it is stopped', async () => {
    const target = { namespace: 'models', service: 'chat' };
    await client.startLoad({ ...target, requestsPerSecond: 20 });
    await expect(client.startLoad({ ...target, requestsPerSecond: 20 })).rejects.toThrow(
      'expected a Service without load, got models/chat',
    );
    await expect(client.stopLoad(target)).resolves.toMatchObject({ sent: 0, lost: 0, inFlight: 0 });
    // Other callers of the same Service go on counting.
    await expect(client.counters(target)).resolves.toMatchObject({ sent: 0 });
    await expect(client.counters({ ...target, service: 'other' })).rejects.toThrow(
      'expected a Service that was under load, got models/other',
    );
    await expect(client.stopLoad(target)).rejects.toThrow('expected a Service under load, got models/chat');
  });

  test('ends with its client, and says so', async () => {
    await client.stop();
    expect(() => process.kill(client.pid!, 0)).toThrow('ESRCH');
    await expect(client.pods()).rejects.toThrow('expected a running process');
  });
});
