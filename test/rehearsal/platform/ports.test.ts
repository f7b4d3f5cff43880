import { choosePorts } from '../../../rehearsal/platform/ports';

test('every part gets a port of its own', async () => {
  const names = ['etcd', 'apiServer', 'aws', 'prometheus'];
  const ports = await choosePorts(names);
  expect(Object.keys(ports).sort()).toEqual([...names].sort());
  expect(new Set(Object.values(ports)).size).toBe(names.length);
});
