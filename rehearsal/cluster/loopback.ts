import type { AddressInfo, Server } from 'node:net';

/** Address of everything that is simulated. */
export const LOOPBACK = '127.0.0.1';

/** Starts listening; resolves to the port. @param port to listen on; 0: any that is free */
export function listen(server: Server, port = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Starts listening on the wanted port if it is free, else on any; resolves to the port. */
export async function listenPreferably(server: Server, wanted: number): Promise<number> {
  try {
    return await listen(server, wanted);
  } catch (error) {
    if (wanted === 0) throw error;
    return listen(server);
  }
}
