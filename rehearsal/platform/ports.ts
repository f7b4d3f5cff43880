import { createServer } from 'node:net';

/** Below the range from which operating systems take the ports of outgoing connections. */
const FIRST = 20_000;
const LAST = 32_000;

/** Ports of this run, all on loopback. */
export interface PortRequest<Name extends string> {
  /** Names as a person knows them, for example `prometheus`. */
  readonly names: readonly Name[];
  /** Ports that were asked for, by name; the others are chosen. */
  readonly wanted?: Readonly<Partial<Record<string, number>>>;
}

/** Finds a free port for every name; throws one error that lists every wanted port that cannot be had. */
export async function choosePorts<Name extends string>(request: PortRequest<Name>): Promise<Record<Name, number>> {
  const problems: string[] = [];
  const chosen: Record<string, number> = {};
  for (const [name, port] of Object.entries(request.wanted ?? {})) {
    if (port === undefined) continue;
    if (!(request.names as readonly string[]).includes(name)) {
      problems.push(
        `port ${name}: expected one of ${request.names.join(', ')}, got ${name}; name a part that has a port`,
      );
    } else if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      problems.push(`port ${name}: expected a whole number from 1 to 65535, got ${port}; choose another`);
    } else if (Object.values(chosen).includes(port)) {
      problems.push(
        `port ${name}: expected a port of its own, got ${port}, which another part asked for; choose another`,
      );
    } else if (!(await isFree(port))) {
      problems.push(
        `port ${name}: expected a free port, got ${port}, which is in use; stop what listens there or leave the port out`,
      );
    } else {
      chosen[name] = port;
    }
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
  for (const name of request.names) chosen[name] ??= await anyFree(new Set(Object.values(chosen)));
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
