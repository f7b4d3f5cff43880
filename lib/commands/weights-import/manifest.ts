import { createHash } from 'node:crypto';

/** What was imported, file by file. Its own digest is what a release pins. */
export interface WeightsManifest {
  readonly version: 1;
  /** Repository on the hub. */
  readonly repository: string;
  /** Commit of the repository. */
  readonly commit: string;
  /** License that the model card declared at import. */
  readonly license: string;
  /** Why something was imported that is refused otherwise. */
  readonly acknowledgments: Acknowledgments;
  /**
   * The publisher's signature, which was verified over every file of the commit.
   *
   * @default - none was verified
   */
  readonly signature?: VerifiedSignature;
  readonly files: readonly WeightsFile[];
}

/** A signature by OpenSSF model signing that was verified at import, and by what. */
export interface VerifiedSignature {
  /** File of the repository that holds it. */
  readonly file: string;
  /** SHA-256 of that file, hexadecimal. */
  readonly sha256: string;
  readonly method: 'key' | 'sigstore';
  /** SHA-256 of the publisher's public key (SubjectPublicKeyInfo, DER), hexadecimal; with method `key`. */
  readonly publicKeySha256?: string;
  /** Whom the certificate names; with method `sigstore`. */
  readonly identity?: string;
  /** Who vouched for the identity; with method `sigstore`. */
  readonly identityProvider?: string;
}

/** Reasons for which pickled weights and code of the model's own are let in. */
export interface Acknowledgments {
  /**
   * Why weights in a pickle, which runs code when it is read, are imported.
   *
   * @default - they are refused
   */
  readonly pickles?: string;
  /**
   * Why code that the repository brings (`trust_remote_code`) is imported.
   *
   * @default - it is refused
   */
  readonly remoteCode?: string;
}

/** One file of the weights. */
export interface WeightsFile {
  /** Path inside the repository. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of the bytes, hexadecimal. */
  readonly sha256: string;
  /** The object that holds them. */
  readonly object: WeightsObject;
}

/** An object as S3 describes it. */
export interface WeightsObject {
  readonly versionId: string;
  /** SHA-256 checksum that S3 keeps, base64: of the bytes, or with `-<parts>` of the checksums of the parts. */
  readonly checksumSha256: string;
}

/** The bytes of a manifest: the same import has the same ones. */
export function manifestText(manifest: WeightsManifest): string {
  const { version, repository, commit, license, acknowledgments, signature } = manifest;
  const files = [...manifest.files]
    .sort((one, other) => (one.path < other.path ? -1 : 1))
    .map(({ path, size, sha256, object: { versionId, checksumSha256 } }) => ({
      path,
      size,
      sha256,
      object: { versionId, checksumSha256 },
    }));
  return `${JSON.stringify({ version, repository, commit, license, acknowledgments, signature, files }, undefined, 2)}\n`;
}

/** SHA-256 of a manifest's bytes, hexadecimal. */
export function manifestDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
