import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import type { HubFile } from './hub';
import type { LocalCopy } from './local-copy';
import type { VerifiedSignature } from './manifest';
import type { ModelSigning } from './model-signing';

/** Whose signature is expected: the holder's of a key, or of an identity that Sigstore vouches for. */
export type Publisher =
  | { readonly publicKey: KeyObject }
  | { readonly identity: string; readonly identityProvider: string };

/** A signature to verify. */
export interface SignatureRequest {
  /** File of the repository that holds it, such as `model.sig`. */
  readonly file: string;
  readonly publisher: Publisher;
  readonly tool: ModelSigning;
}

/** Most bytes that a signature may have: a line a file of the model is far less. */
export const MAX_SIGNATURE_BYTES = 64 * 1024 * 1024;

/** Curves of keys that the tool knows. */
const CURVES = ['prime256v1', 'secp384r1', 'secp521r1'];

/** The public key of a publisher, as model signing takes it. */
export function publisherKey(pem: string): KeyObject {
  if (!pem.includes('BEGIN PUBLIC KEY')) throw new Error('no PUBLIC KEY in PEM');
  const key = createPublicKey(pem);
  const curve = key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType ?? 'another';
  if (!CURVES.includes(curve)) throw new Error(`one of ${curve}`);
  return key;
}

/** A signature as it came with a commit. */
export class Signature {
  private readonly bundle: SignatureBundle;
  private readonly sha256: string;

  /** @throws when the bytes are no signature of a model */
  constructor(
    private readonly request: SignatureRequest,
    bytes: Buffer,
  ) {
    this.bundle = bundleOf(request.file, bytes);
    this.sha256 = createHash('sha256').update(bytes).digest('hex');
  }

  /**
   * The tool accepts files that the signature says to ignore, and those of git. None of these may be imported.
   *
   * @throws when one is not covered by the signature; whether that is valid is another question, for `verify`.
   */
  expectToName(files: readonly HubFile[]): void {
    const named = new Set(this.bundle.named);
    const problems = files
      .filter(({ path: name }) => !named.has(name))
      .map(
        ({ path: name }) =>
          `signature: expected ${this.request.file} to cover every imported file, got none for ${name}; take a commit whose publisher signed it`,
      );
    if (problems.length > 0) throw new Error(problems.join('\n'));
  }

  /**
   * Lets the tool verify the signature and every file of the copy.
   *
   * @throws when it is another publisher's, not valid, or over other files
   */
  async verify({ files, beside }: LocalCopy): Promise<VerifiedSignature> {
    const { file, publisher, tool } = this.request;
    const signature = path.join(beside, 'signature.json');
    await fs.writeFile(signature, this.bundle.text);
    const { method, record, who, advice } = await methodOf(publisher, beside);
    const wrong = await tool.verify(method, signature, files);
    if (wrong !== undefined) {
      throw new Error(
        `signature: expected ${file} to be of ${who} and over every file of the commit, got ${wrong}; take a commit that its publisher signed, ${advice}`,
      );
    }
    return { file, sha256: this.sha256, ...record };
  }
}

/** How the tool is told whose signature it must be, and how the manifest and a person are. */
async function methodOf(
  publisher: Publisher,
  folder: string,
): Promise<{ method: string[]; record: Omit<VerifiedSignature, 'file' | 'sha256'>; who: string; advice: string }> {
  if (!('publicKey' in publisher)) {
    const { identity, identityProvider } = publisher;
    return {
      method: ['sigstore', `--identity=${identity}`, `--identity_provider=${identityProvider}`],
      record: { method: 'sigstore', identity, identityProvider },
      who: `${identity} (by ${identityProvider})`,
      advice: 'the identity that the publisher states, and a machine that reaches Sigstore',
    };
  }
  const { publicKey } = publisher;
  const file = path.join(folder, 'publisher.pem');
  await fs.writeFile(file, publicKey.export({ type: 'spki', format: 'pem' }));
  const publicKeySha256 = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
  return {
    method: ['key', `--public_key=${file}`],
    record: { method: 'key', publicKeySha256 },
    who: `the key with SHA-256 ${publicKeySha256}`,
    advice: 'and the key that the publisher hands out',
  };
}

/** What a signature says. */
interface SignatureBundle {
  /** Paths of the files that it covers. */
  readonly named: readonly string[];
  /** The bundle for the tool: read once, so that both read the same however it was written. */
  readonly text: string;
}

function bundleOf(file: string, bytes: Buffer): SignatureBundle {
  try {
    const bundle = JSON.parse(bytes.toString('utf8')) as { dsseEnvelope: { payload: string }; dsse_envelope?: unknown };
    const { payload } = bundle.dsseEnvelope;
    const statement = Buffer.from(payload, 'base64');
    // Other spellings could mean something else to another reader.
    if (bundle.dsse_envelope !== undefined || statement.toString('base64') !== payload)
      throw new Error('an envelope in two spellings');
    const { predicate } = JSON.parse(statement.toString('utf8')) as { predicate: { resources: { name: string }[] } };
    return { named: predicate.resources.map(({ name }) => name), text: JSON.stringify(bundle) };
  } catch (error) {
    throw new Error(
      `signature: expected ${file} to be a signature of OpenSSF model signing 1.0, got something else (${(error as Error).message}); name the file that its publisher made`,
      { cause: error },
    );
  }
}
