import { ApiServer } from '../cluster/api-server';
import type { ModelsRequest, ModelsResponse } from './models-api';
import { ModelsHost } from './models-host';

/** Entry point of the models' process: answers its parent's requests, and ends when the parent does. */
const host = new ModelsHost(
  (kubeconfig) => new ApiServer(kubeconfig),
  (line) => console.error(line),
  (notice) => process.send?.(notice),
);

async function answer({ id, command, options }: ModelsRequest): Promise<ModelsResponse> {
  try {
    const run = host[command].bind(host) as (options: unknown) => unknown;
    return { id, value: await run(options) };
  } catch (error) {
    return { id, error: (error as Error).message };
  }
}

process.on('message', (request: ModelsRequest) => {
  void answer(request).then((response) => process.send?.(response));
});
process.on('disconnect', () => {
  host.stop();
  process.exit(0);
});
// Ctrl-C reaches the whole group; the parent decides when this process ends.
process.on('SIGINT', () => undefined);
