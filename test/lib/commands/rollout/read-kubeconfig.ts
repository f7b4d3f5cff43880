import type * as https from 'node:https';
import { readKubeconfig } from '../../../../lib/commands/cluster-access/connect';

/** Prints what a request to the cluster of each kubeconfig file would carry, or why the file will not do; a program, because Jest cannot load an ES module. */
async function main(files: readonly string[]): Promise<void> {
  for (const file of files) {
    try {
      const config = readKubeconfig(file);
      const options: https.RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      const text = (value: unknown): string | undefined =>
        value instanceof Buffer ? value.toString() : (value as string | undefined);
      process.stdout.write(
        `${JSON.stringify({
          server: config.getCurrentCluster()?.server,
          ca: text(options.ca),
          cert: text(options.cert),
          key: text(options.key),
          headers: options.headers,
        })}\n`,
      );
    } catch (error) {
      process.stdout.write(`${JSON.stringify((error as Error).message)}\n`);
    }
  }
}

void main(process.argv.slice(2));
