import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';

/** What is wrong with the name of a secret that data gives, one problem per line. */
export function secretNameProblems(path: string, name: unknown): string[] {
  const expected = `${path}: expected the name of a secret in AWS Secrets Manager`;
  if (name === undefined) return [`${expected}, got none; make the secret and give its name`];
  // What is no name may be the value itself, which no message repeats.
  if (typeof name !== 'string' || !/^[\w/+=.@-]{1,512}$/.test(name))
    return [`${expected}, got something else; no ARN and no value stands here`];
  return /-\w{6}$/.test(name)
    ? [
        `${path}: expected a name that does not end with a hyphen and six characters, got ${JSON.stringify(name)}; AWS Secrets Manager takes them for the end of an ARN, write / for the hyphen`,
      ]
    : [];
}

/** The secret of a name, in the account and region of the scope's stack; made once in a scope. */
export function namedSecret(scope: Construct, name: string): secretsmanager.ISecret {
  const id = `Secret-${name}`;
  return (
    (scope.node.tryFindChild(id) as secretsmanager.ISecret | undefined) ??
    secretsmanager.Secret.fromSecretNameV2(scope, id, name)
  );
}
