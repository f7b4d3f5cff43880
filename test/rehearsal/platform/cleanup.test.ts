import { Cleanup } from '../../../rehearsal/platform/cleanup';

test('undoes in reverse order, once', async () => {
  const order: string[] = [];
  const cleanup = new Cleanup(() => undefined);
  cleanup.defer('first', () => void order.push('first'));
  cleanup.defer('second', async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    order.push('second');
  });
  await Promise.all([cleanup.run(), cleanup.run()]);
  expect(order).toEqual(['second', 'first']);
});

test('a step that fails keeps no other from running, and is named', async () => {
  const order: string[] = [];
  const cleanup = new Cleanup(() => undefined);
  cleanup.defer('folder', () => void order.push('folder'));
  cleanup.defer('etcd', () => {
    throw new Error('still there');
  });
  await expect(cleanup.run()).rejects.toThrow('clean-up was not complete:\n  etcd: still there');
  expect(order).toEqual(['folder']);
});

test('says that it has begun before the first step', async () => {
  const cleanup = new Cleanup(() => undefined);
  let aborted = false;
  cleanup.defer('step', () => {
    aborted = cleanup.signal.aborted;
  });
  expect(cleanup.signal.aborted).toBe(false);
  await cleanup.run();
  expect(aborted).toBe(true);
});
