import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** What else a signature says. */
export interface SigningOptions {
  /** Paths that whoever verifies shall not look at. */
  readonly ignore?: readonly string[];
  /** Signs by Sigstore instead: whom the certificate names, and who vouches for it. No such signature is valid outside of a test. */
  readonly identity?: string;
}

/** A publisher who signs models as OpenSSF model signing does. */
export class Publisher {
  private readonly keys = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

  get publicKey(): KeyObject {
    return this.keys.publicKey;
  }

  get publicPem(): string {
    return this.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  }

  get privatePem(): string {
    return this.keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  }

  /** Signs files by path. */
  sign(files: Readonly<Record<string, Buffer>>, { ignore = [], identity }: SigningOptions = {}): Buffer {
    const resources = Object.keys(files)
      .sort()
      .map((name) => ({ name, algorithm: 'sha256', digest: createHash('sha256').update(files[name]).digest('hex') }));
    const root = createHash('sha256');
    for (const { digest } of resources) root.update(Buffer.from(digest, 'hex'));
    const payload = Buffer.from(
      JSON.stringify({
        _type: 'https://in-toto.io/Statement/v1',
        subject: [{ name: 'model', digest: { sha256: root.digest('hex') } }],
        predicateType: 'https://model_signing/signature/v1.0',
        predicate: {
          serialization: {
            method: 'files',
            hash_type: 'sha256',
            allow_symlinks: false,
            ignore_paths: ['model.sig', ...ignore],
          },
          resources,
        },
      }),
    );
    const payloadType = 'application/vnd.in-toto+json';
    const sig = sign(
      'sha256',
      Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `), payload]),
      this.keys.privateKey,
    );
    return Buffer.from(
      JSON.stringify({
        mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
        verificationMaterial: {
          ...(identity
            ? { identity }
            : { publicKey: { hint: createHash('sha256').update(this.publicPem).digest('hex') } }),
          tlogEntries: [],
        },
        dsseEnvelope: {
          payload: payload.toString('base64'),
          payloadType,
          signatures: [{ sig: sig.toString('base64'), keyid: '' }],
        },
      }),
    );
  }
}
