import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** What `scripts/bundle.mjs` writes beside the bundle of the release handler; paths are relative to the repository. */
interface BundleRecord {
  /** SHA-256 of each source file. */
  readonly files: Readonly<Record<string, string>>;
  /** Version of each package whose code is in the bundle. */
  readonly packages: Readonly<Record<string, string>>;
}

/**
 * Throws when the bundle of the release handler, which is what gets deployed, was made of other sources than those that
 * are there. Synth does not bundle, so an edited handler would otherwise not be deployed, and nothing would say so.
 *
 * @param repository folder that paths of the record are relative to
 */
export function checkHandlerBundle(repository = path.resolve(__dirname, '..')): void {
  const folder = path.join(repository, 'constructs', 'kubernetes');
  // The library is published with the bundle alone.
  if (!fs.existsSync(path.join(repository, 'handler'))) return;
  const record = read<BundleRecord>(path.join(folder, 'handler-bundle.json'));
  if (record === undefined) {
    throw new Error(
      'constructs/kubernetes/handler-bundle: expected the bundle of the release handler, got none that is complete; run `npm run bundle`',
    );
  }
  const changed = [
    ...Object.entries(record.files).filter(([file, digest]) => digestOf(path.join(repository, file)) !== digest),
    ...Object.entries(record.packages).filter(
      ([name, version]) => read<{ version: string }>(path.join(repository, name, 'package.json'))?.version !== version,
    ),
  ].map(([name]) => name);
  if (changed.length > 0) {
    throw new Error(
      `constructs/kubernetes/handler-bundle: expected the bundle of the present sources, got one from before a change of ${changed.join(', ')}; run \`npm run bundle\``,
    );
  }
}

function digestOf(file: string): string | undefined {
  return fs.existsSync(file) ? createHash('sha256').update(fs.readFileSync(file)).digest('hex') : undefined;
}

function read<T>(file: string): T | undefined {
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as T) : undefined;
}
