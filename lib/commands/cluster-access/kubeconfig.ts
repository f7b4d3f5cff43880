import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse } from 'yaml';
import { type ClusterAccess } from '../../../handler/cluster-client';
import { UserError } from '../command-line/user-error';

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly { name: string; context: { cluster: string; user: string } }[];
  readonly clusters?: readonly { name: string; cluster: Record<string, unknown> }[];
  readonly users?: readonly { name: string; user: Record<string, unknown> }[];
}

/**
 * The current context of a kubeconfig file.
 *
 * @throws UserError that lists everything that is missing
 */
export function kubeconfigAccess(file: string): ClusterAccess {
  let config: Kubeconfig;
  try {
    config = parse(fs.readFileSync(file, 'utf8')) as Kubeconfig;
  } catch (error) {
    throw new UserError(`--kubeconfig: expected a readable kubeconfig, got ${file}: ${(error as Error).message.split('\n')[0]}`);
  }
  const context = config?.contexts?.find(({ name }) => name === config['current-context'])?.context;
  const cluster = config?.clusters?.find(({ name }) => name === context?.cluster)?.cluster;
  const user = config?.users?.find(({ name }) => name === context?.user)?.user;
  const read = (section: Record<string, unknown> | undefined, name: string): Buffer | undefined => {
    const data = section?.[`${name}-data`];
    if (typeof data === 'string') return Buffer.from(data, 'base64');
    const from = section?.[name];
    return typeof from === 'string' ? fs.readFileSync(path.resolve(path.dirname(file), from)) : undefined;
  };

  const server = cluster?.server;
  const ca = read(cluster, 'certificate-authority');
  const token = typeof user?.token === 'string' ? user.token : undefined;
  const cert = read(user, 'client-certificate');
  const key = read(user, 'client-key');
  const problems: string[] = [];
  if (!context) problems.push('current-context: expected the name of a context of the file; set it with `kubectl config use-context`');
  if (context && typeof server !== 'string') problems.push(`clusters: expected a server for ${context.cluster}; add it`);
  if (context && !ca) problems.push(`clusters: expected a certificate authority for ${context.cluster}; add it, the server is not trusted without it`);
  if (context && !token && !(cert && key)) {
    problems.push(`users: expected a token or a client certificate with its key for ${context.user}; a command that gets one is not run, for EKS leave --kubeconfig out`);
  }
  if (problems.length > 0) throw new UserError(`--kubeconfig ${file}:\n  ${problems.join('\n  ')}`);
  return { server: server as string, ca: ca!, ...(token ? { token } : { cert, key }) };
}
