import { UserError } from '../command-line/user-error';

/** An error of AWS in one line, with what to do where that is known. */
export function explain(error: unknown): string {
  if (error instanceof UserError) return error.message;
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const said = message.split('\n')[0];
  if (name === 'CredentialsProviderError' || /Could not load credentials/.test(said)) return `no AWS credentials: ${said}; log in, or name a profile in AWS_PROFILE`;
  if (/^(ExpiredToken|ExpiredTokenException|UnrecognizedClientException|InvalidClientTokenId|TokenProviderError)$/.test(name)) return `AWS does not accept the credentials: ${said}; log in again`;
  const [, action] = /not authorized to perform: ([\w-]+:\w+)/.exec(said) ?? [];
  if (action) return `the present AWS identity may not do this: it needs ${action} (docs/runbooks/stuck-stack.md lists the rights of each command); AWS says: ${said}`;
  return said;
}
