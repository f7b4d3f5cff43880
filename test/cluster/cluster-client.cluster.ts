import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { ClusterClient } from '../../kubernetes-client/cluster-client';
import { adminAccess, TestRelease } from './support/releases';

// The client of the handler, the commands and the rehearsal, over connections that break.

const access = adminAccess();

/** Connections to the API server, which break when they are told to. */
class Tunnel {
  public connections = 0;
  private readonly sockets = new Set<Socket>();
  private breaksAfter?: number;
  private readonly server = createServer((near) => {
    this.connections += 1;
    const { hostname, port } = new URL(access.server);
    const far = connect(Number(port), hostname);
    this.sockets.add(near);
    near.once('close', () => {
      this.sockets.delete(near);
      far.destroy();
    });
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
    near.pipe(far);
    far.on('data', (data: Buffer) => {
      if (this.breaksAfter !== undefined && (this.breaksAfter -= data.length) < 0) {
        this.breaksAfter = undefined;
        near.resetAndDestroy();
      } else {
        near.write(data);
      }
    });
  });

  public async listen(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.server.listen(0, '127.0.0.1', resolve);
    });
    return `https://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Breaks one connection after so many more bytes of the server. */
  public breakAfter(bytes: number): void {
    this.breaksAfter = bytes;
  }

  public close(): void {
    this.sockets.forEach((socket) => socket.destroy());
    this.server.close();
  }
}

const direct = new ClusterClient(access);
let tunnel: Tunnel;
let client: ClusterClient;
let release: TestRelease;
beforeEach(async () => {
  release = await TestRelease.create(direct, 'client');
  tunnel = new Tunnel();
  client = new ClusterClient({ ...access, server: await tunnel.listen() });
});
afterEach(() => {
  tunnel.close();
});

const settings = () => ({ apiVersion: 'v1', kind: 'ConfigMap', name: 'settings', namespace: release.namespace });

test('a read whose connection breaks in the middle of the answer is asked again', async () => {
  await direct.apply(release.configMap('settings', { key: 'x'.repeat(100_000) }));
  await client.find({ ...settings(), name: 'absent' });
  tunnel.breakAfter(50_000);
  expect((await client.find(settings()))?.data).toEqual({ key: 'x'.repeat(100_000) });
  tunnel.breakAfter(50_000);
  expect(await client.list('v1', 'ConfigMap', release.namespace)).not.toHaveLength(0);
  expect(tunnel.connections).toBe(3);
});

test('a write whose connection breaks is not sent again: its caller knows what it means', async () => {
  await client.find(settings());
  tunnel.breakAfter(0);
  await expect(client.create(release.configMap('settings'))).rejects.toThrow(
    /ECONNRESET|socket hang up|Premature close/,
  );
  expect(tunnel.connections).toBe(1);
});
