import * as fs from 'node:fs';
import type { KeyObject } from 'node:crypto';
import { UserError } from '../command-line/user-error';
import type { EnvironmentConfig } from '../../environment/environment-config';
import { ModelSigning } from './model-signing';
import { publisherKey, type SignatureRequest } from './signature';

/** What the command line says about a signature. */
export interface SignatureFlags {
  readonly signature?: string;
  readonly publicKey?: string;
  readonly identity?: string;
  readonly identityProvider?: string;
  readonly modelSigning?: string;
}

/**
 * The signature that is asked for.
 *
 * @throws UserError with every problem at once
 */
export function signatureRequested(
  flags: SignatureFlags,
  { name, requireSignedWeights = false }: EnvironmentConfig,
): SignatureRequest | undefined {
  const { signature, publicKey, identity, identityProvider, modelSigning } = flags;
  const problems: string[] = [];
  const identities = [identity, identityProvider].filter((flag) => flag !== undefined);
  const key = publicKey === undefined ? undefined : keyOf(publicKey, problems);
  if (signature === undefined) {
    if (requireSignedWeights)
      problems.push(
        `--signature: expected one in environment ${name}, which requires signed weights, got none; name the file of the repository that holds the publisher's, such as model.sig`,
      );
    if (publicKey !== undefined || identities.length > 0)
      problems.push(
        '--signature: expected a file of the repository beside a key or an identity, got none; name it, such as model.sig',
      );
  } else if (publicKey !== undefined && identities.length > 0) {
    problems.push('--public-key: expected no identity beside it, got both; a signature is made with one of them');
  } else if (publicKey === undefined && (!identity || !identityProvider)) {
    problems.push(
      '--signature: expected --public-key, or --identity with --identity-provider, got neither; take them from the publisher, and not from the repository',
    );
  }
  if (problems.length > 0) throw new UserError(problems.join('\n'));
  if (signature === undefined) return undefined;
  const tool = new ModelSigning(modelSigning);
  return {
    file: signature,
    tool,
    publisher: key ? { publicKey: key } : { identity: identity!, identityProvider: identityProvider! },
  };
}

function keyOf(file: string, problems: string[]): KeyObject | undefined {
  try {
    return publisherKey(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    problems.push(
      `--public-key: expected a file with a public key of the curve P-256, P-384 or P-521 in PEM, got ${(error as Error).message}; take it from the publisher`,
    );
    return undefined;
  }
}
