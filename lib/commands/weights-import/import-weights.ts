import { createHash } from 'node:crypto';
import * as os from 'node:os';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { checkedBytes } from './checked-bytes';
import type { Hub, HubFile, HubModel } from './hub';
import { inParallel } from '../../../kubernetes-client/in-parallel';
import { type ReadFile, withLocalCopy } from './local-copy';
import { manifestDigest, manifestText, type VerifiedSignature, type WeightsFile } from './manifest';
import type { ObjectStore, PutResult } from './object-store';
import { configurationsOf, selectFiles, selectionId, type SelectionRequest } from './selection';
import { MAX_SIGNATURE_BYTES, Signature, type SignatureRequest } from './signature';

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
   * The publisher's signature, which is verified before S3 shows any object.
   *
   * @default - none is asked for
   */
  readonly signature?: SignatureRequest;
  /**
   * Folder with room for a copy of the commit, while a signature is verified.
   *
   * @default - the system's, which TMPDIR names
   */
  readonly temporaryFolder?: string;
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
  const { repository, commit, hub, log } = request;
  if (!/^[0-9a-f]{40}$/.test(commit)) {
    throw new Error(
      `commit: expected 40 hexadecimal digits, got ${JSON.stringify(commit)}; copy it from the model's history on the hub, a branch or tag may move`,
    );
  }
  const model = await hub.describe(repository, commit);
  if (model.commit !== commit)
    throw new Error(
      `commit: expected ${commit}, got ${model.commit} from the hub; copy the commit from the model's history`,
    );
  const download: ReadFile = (file) => hub.download(repository, commit, file.path);
  const small = new Map<string, Buffer>();
  for (const file of configurationsOf(model)) small.set(file.path, await readSmall(download, file));
  const selected = selectFiles(
    model,
    new Map([...small].map(([path, bytes]) => [path, bytes.toString('utf8')])),
    request,
  );
  log(
    `${repository} at ${commit}, license ${model.license}: ${selected.length} files, ${selected.reduce((sum, { size }) => sum + size, 0)} bytes`,
  );
  // What was looked at to select files is what is imported, and verified before.
  const read: ReadFile = async (file) =>
    small.has(file.path) ? Readable.from([small.get(file.path)!]) : download(file);
  if (request.signature === undefined) return carry(request, model, selected, read);

  log(await request.signature.tool.version());
  const signature = await signatureOf(request.signature, model, read);
  signature.expectToName(selected);
  // The command verifies a signature and its files in one go, so all that was signed has to be on a disk.
  const others = model.files.filter(({ path }) => path !== request.signature?.file);
  return withLocalCopy(others, read, request.temporaryFolder ?? os.tmpdir(), async (copy) => {
    const verified = await signature.verify(copy);
    log(
      `${verified.file}: verified over ${others.length} files, ${verified.identity ?? `key with SHA-256 ${verified.publicKeySha256}`}`,
    );
    return carry(request, model, selected, copy.read, verified);
  });
}

async function signatureOf(request: SignatureRequest, model: HubModel, read: ReadFile): Promise<Signature> {
  const file = model.files.find(({ path }) => path === request.file);
  if (file === undefined)
    throw new Error(
      `signature: expected a file of the repository, got ${JSON.stringify(request.file)}; copy its name from the model's page, or choose a commit that its publisher signed`,
    );
  if (file.size > MAX_SIGNATURE_BYTES)
    throw new Error(
      `signature: expected ${file.path} to have ${MAX_SIGNATURE_BYTES} bytes at most, got ${file.size}; name the file that holds the signature`,
    );
  return new Signature(request, await readSmall(read, file));
}

/** Puts the selected files and their manifest into the bucket. */
async function carry(
  request: ImportRequest,
  { license = '' }: HubModel,
  selected: readonly HubFile[],
  read: ReadFile,
  signature?: VerifiedSignature,
): Promise<ImportedWeights> {
  const { repository, commit, store } = request;
  const path = `${repository}/${commit}/${selectionId(selected)}`;
  const carryOne = async (file: HubFile): Promise<WeightsFile> => {
    const imported = await importFile(request, `${path}/files/${file.path}`, file, read);
    return { path: file.path, size: file.size, ...imported };
  };
  const files = await inParallel(selected, carryOne, undefined, FILES_AT_ONCE);
  const { pickles, remoteCode } = request.acknowledgments;
  const text = manifestText({
    version: 1,
    repository,
    commit,
    license,
    acknowledgments: { pickles, remoteCode },
    signature,
    files,
  });
  const manifestSha256 = manifestDigest(text);
  const bytes = Buffer.from(text);
  const key = `${path}/manifests/${manifestSha256}.json`;
  if (!(await store.find(key, bytes.length, manifestSha256))) await store.put(key, bytes, 'application/json');
  return { path, manifestSha256, bytes: selected.reduce((sum, { size }) => sum + size, 0) };
}

async function importFile(request: ImportRequest, key: string, file: HubFile, read: ReadFile): Promise<PutResult> {
  const { store, log, streamAbove = 32 * 1024 * 1024 } = request;
  if (file.sha256 === undefined || file.size <= streamAbove) {
    const content = await readSmall(read, file);
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
  const put = await store.putStream(key, await read(file), { size: file.size, sha256 });
  log(`${file.path}: ${file.size} bytes`);
  return put;
}

/** A file that fits into memory, held against what the hub lists. */
async function readSmall(read: ReadFile, file: HubFile): Promise<Buffer> {
  return buffer(checkedBytes(file, await read(file)));
}
