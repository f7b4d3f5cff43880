import { KubeConfig } from '@kubernetes/client-node';
import { UserError } from '../command-line/user-error';

/**
 * A kubeconfig file, of which the current context counts.
 *
 * @throws UserError that lists everything that is missing
 */
export function readKubeconfig(file: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file, { onInvalidEntry: 'filter' });
  } catch (error) {
    throw new UserError(`--kubeconfig: expected a readable kubeconfig, got ${file}: ${(error as Error).message.split('\n')[0]}`);
  }
  const context = config.getContextObject(config.getCurrentContext());
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  const problems: string[] = [];
  if (!context) problems.push('current-context: expected the name of a context of the file; set it with `kubectl config use-context`');
  if (context && !cluster) problems.push(`clusters: expected a server for ${context.cluster}; add it`);
  if (context && !cluster?.caData && !cluster?.caFile) {
    problems.push(`clusters: expected a certificate authority for ${context.cluster}; add it, the server is not trusted without it`);
  }
  const knowsUser = user?.token || ((user?.certData || user?.certFile) && (user.keyData || user.keyFile)) || user?.exec || user?.authProvider;
  if (context && !knowsUser) {
    problems.push(`users: expected a token, a client certificate with its key, or a command that gets one for ${context.user}; add it`);
  }
  if (problems.length > 0) throw new UserError(`--kubeconfig ${file}:\n  ${problems.join('\n  ')}`);
  return config;
}
