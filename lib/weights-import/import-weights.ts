import { createHash } from 'node:crypto';
import type { Hub, HubFile } from './hub';
import { manifestDigest, manifestText, type WeightsFile } from './manifest';
import type { ObjectStore } from './object-store';
import { configurationsOf, selectFiles, selectionId, type SelectionRequest } from './selection';

/** Files that are carried at once. */
const FILES_AT_ONCE = 2;

/** What to import, and between whom. */
export interface ImportRequest extends SelectionRequest {
  /** Repository on the hub, `<organization>/<model>`. */
  readonly repository: string;
  /** Commit of the repository, 40 hexadecimal digits. */
  readonly commit: string;
  readonly hub: Hub;
  readonly store: ObjectStore;
  readonly log: (line: string) => void;
  /**
   * Bytes above which a file is streamed instead of held in memory.
   *
   * @default 32 MiB
   */
  readonly streamAbove?: number;
}

/** What a release refers to. */
export interface ImportedWeights {
  /** Where the weights lie in the bucket. */
  readonly path: string;
  /** SHA-256 of the manifest. */
  readonly manifestSha256: string;
  /** Bytes of all files. */
  readonly bytes: number;
}

/**
 * Carries a model from the hub into a bucket, checks every byte on the way, and writes a manifest of it. What is there already
 * is not carried again: the objects, their versions and the manifest stay the same.
 */
export async function importWeights(request: ImportRequest): Promise<ImportedWeights> {
  const { repository, commit, hub, store, log } = request;
  if (!/^[0-9a-f]{40}$/.test(commit)) {
    throw new Error(`commit: expected 40 hexadecimal digits, got ${JSON.stringify(commit)}; copy it from the model's history on the hub, a branch or tag may move`);
  }
  const model = await hub.describe(repository, commit);
  if (model.commit !== commit) throw new Error(`commit: expected ${commit}, got ${model.commit} from the hub; copy the commit from the model's history`);
  const small = new Map<string, Buffer>();
  for (const file of configurationsOf(model)) small.set(file.path, await downloadSmall(request, file));
  const configurations = new Map([...small].map(([path, bytes]) => [path, bytes.toString('utf8')]));
  const selected = selectFiles(model, configurations, request);
  const path = `${repository}/${commit}/${selectionId(selected)}`;
  log(`${repository} at ${commit}, licence ${model.licence}: ${selected.length} files, ${selected.reduce((sum, { size }) => sum + size, 0)} bytes`);

  const files = await inTurns(selected, FILES_AT_ONCE, async (file) => {
    const key = `${path}/files/${file.path}`;
    const imported = await importFile(request, key, file, small.get(file.path));
    return { path: file.path, size: file.size, ...imported };
  });
  const { pickles, remoteCode } = request.acknowledgements;
  const text = manifestText({ version: 1, repository, commit, licence: model.licence ?? '', acknowledgements: { pickles, remoteCode }, files });
  const manifestSha256 = manifestDigest(text);
  const bytes = Buffer.from(text);
  const key = `${path}/manifests/${manifestSha256}.json`;
  if (!await store.find(key, bytes.length, manifestSha256)) await store.put(key, bytes, 'application/json');
  return { path, manifestSha256, bytes: selected.reduce((sum, { size }) => sum + size, 0) };
}

async function importFile(request: ImportRequest, key: string, file: HubFile, bytes?: Buffer): Promise<Pick<WeightsFile, 'sha256' | 'object'>> {
  const { hub, store, log, streamAbove = 32 * 1024 * 1024 } = request;
  if (file.sha256 === undefined || file.size <= streamAbove) {
    const content = bytes ?? await downloadSmall(request, file);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const found = await store.find(key, content.length, sha256);
    return found ? { sha256, object: found } : store.put(key, content);
  }
  const { sha256 } = file;
  const found = await store.find(key, file.size, sha256);
  if (found) {
    log(`${file.path}: there already`);
    return { sha256, object: found };
  }
  const stream = await hub.download(request.repository, request.commit, file.path);
  const put = await store.putStream(key, stream, { size: file.size, sha256 });
  log(`${file.path}: ${file.size} bytes`);
  return put;
}

/** A file that fits into memory, held against what the hub lists. */
async function downloadSmall({ hub, repository, commit }: ImportRequest, file: HubFile): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of await hub.download(repository, commit, file.path)) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > file.size) break;
  }
  const bytes = Buffer.concat(chunks);
  const [algorithm, expected, actual] = file.sha256 === undefined
    ? ['git object id', file.blobId, createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')]
    : ['SHA-256', file.sha256, createHash('sha256').update(bytes).digest('hex')];
  if (expected !== actual) throw new Error(`${file.path}: expected the ${algorithm} ${expected}, got ${actual}; the hub delivered something else, try again`);
  return bytes;
}

/** Does something for each item, a few at a time; the results keep the order of the items. After a failure no item is begun. */
async function inTurns<T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = [...items.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [index, item] = next;
      try {
        results[index] = await work(item);
      } catch (error) {
        queue.length = 0;
        throw error;
      }
    }
  };
  // What is under way has ended, and left nothing behind, when the first failure is told.
  const ended = await Promise.allSettled(Array.from({ length: atOnce }, worker));
  const failed = ended.find(({ status }) => status === 'rejected');
  if (failed) throw (failed as PromiseRejectedResult).reason;
  return results;
}
