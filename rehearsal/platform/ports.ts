import { createServer } from 'node:net';

/** Below the range from which operating systems take the ports of outgoing connections. */
const FIRST = 20_000;
const LAST = 32_000;

/** Finds a free port on loopback for every name. */
export async function choosePorts<Name extends string>(names: readonly Name[]): Promise<Record<Name, number>> {
  const chosen: Record<string, number> = {};
  for (const name of names) chosen[name] = await anyFree(new Set(Object.values(chosen)));
  return chosen;
}

async function anyFree(taken: ReadonlySet<number>): Promise<number> {
  for (let attempt = 0; attempt < 1_000; attempt++) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new Error(`no free port between ${FIRST} and ${LAST} on 127.0.0.1; stop what listens there`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
