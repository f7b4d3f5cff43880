import { type AddressInfo, createServer, type Server } from 'node:net';
import { choosePorts } from '../../../rehearsal/platform/ports';

let taken: Server;
let takenPort: number;

beforeAll(async () => {
  taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  takenPort = (taken.address() as AddressInfo).port;
});

afterAll(() => new Promise((resolve) => taken.close(resolve)));

test('every part gets a port of its own', async () => {
  const names = ['etcd', 'apiServer', 'aws', 'prometheus'];
  const ports = await choosePorts({ names });
  expect(Object.keys(ports).sort()).toEqual([...names].sort());
  expect(new Set(Object.values(ports)).size).toBe(names.length);
});

test('a port that was asked for is the one that is used', async () => {
  const { aws: free } = await choosePorts({ names: ['aws'] });
  expect(await choosePorts({ names: ['aws', 'etcd'], wanted: { aws: free } })).toMatchObject({ aws: free });
});

test('every port that cannot be had is listed', async () => {
  await expect(
    choosePorts({ names: ['aws', 'etcd', 'kwok'], wanted: { aws: takenPort, etcd: 70_000, gateway: 4566 } }),
  ).rejects.toThrow(
    [
      `port aws: expected a free port, got ${takenPort}, which is in use; stop what listens there or leave the port out`,
      'port etcd: expected a whole number from 1 to 65535, got 70000; choose another',
      'port gateway: expected one of aws, etcd, kwok, got gateway; name a part that has a port',
    ].join('\n'),
  );
});

test('two parts cannot share a port', async () => {
  const { aws: free } = await choosePorts({ names: ['aws'] });
  await expect(choosePorts({ names: ['aws', 'etcd'], wanted: { aws: free, etcd: free } })).rejects.toThrow(
    /port etcd: expected a port of its own/,
  );
});
