import { UserError } from '../command-line/user-error';

const OUT_OF_REACH = /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)$/;

/** An error of AWS in one line, with what to do where that is known. */
export function explain(error: unknown): string {
  if (error instanceof UserError) return error.message;
  const {
    name,
    message,
    code = '',
  } = error instanceof Error ? (error as Error & { code?: string }) : { name: '', message: String(error) };
  // An error of several addresses has no message of its own.
  const said = message.split('\n')[0] || code || name;
  if (OUT_OF_REACH.test(code))
    return `AWS is out of reach: ${said}; check the network, and AWS_ENDPOINT_URL where it is set`;
  if (name === 'CredentialsProviderError' || /Could not load credentials/.test(said))
    return `no AWS credentials: ${said}; log in, or name a profile in AWS_PROFILE`;
  if (
    /^(ExpiredToken|ExpiredTokenException|UnrecognizedClientException|InvalidClientTokenId|TokenProviderError)$/.test(
      name,
    )
  )
    return `AWS does not accept the credentials: ${said}; log in again`;
  const [, action] = /not authorized to perform: ([\w-]+:\w+)/.exec(said) ?? [];
  if (action)
    return `the present AWS identity may not do this: it needs ${action} (docs/runbooks/stuck-stack.md lists the rights of each command); AWS says: ${said}`;
  return said;
}
