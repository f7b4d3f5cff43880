import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kwokConfiguration } from './kwok-stages';

/** What the control plane's files are made from. */
export interface ControlPlaneFilesOptions {
  /** Folder of this run; the files go into `control-plane/` below it. */
  readonly runDirectory: string;
  readonly clusterName: string;
  /** For example `https://127.0.0.1:6443`. */
  readonly apiServerUrl: string;
  /** Where the API server sends token reviews, with the secret in its path. */
  readonly tokenReviewUrl: string;
}

/** Who talks to the API server with a token of its own, and the groups that give it its rights. */
const IDENTITIES = {
  admin: { user: 'rehearsal-admin', groups: ['system:masters'] },
  'controller-manager': { user: 'system:kube-controller-manager', groups: [] },
  scheduler: { user: 'system:kube-scheduler', groups: [] },
  kwok: { user: 'kwok', groups: ['system:masters'] },
  'rollouts-controller': { user: 'rollouts-controller', groups: ['system:masters'] },
  karpenter: { user: 'karpenter', groups: ['system:masters'] },
  keda: { user: 'keda', groups: ['system:masters'] },
} as const;

/** One of the identities that have a kubeconfig. */
export type Identity = keyof typeof IDENTITIES;

/** Keys, tokens and configuration files of the control plane, all in the run's folder. */
export class ControlPlaneFiles {
  readonly directory: string;
  readonly tokens: Readonly<Record<Identity, string>>;

  constructor(private readonly options: ControlPlaneFilesOptions) {
    this.directory = join(options.runDirectory, 'control-plane');
    mkdirSync(this.directory, { recursive: true });
    this.tokens = Object.fromEntries(
      Object.keys(IDENTITIES).map((identity) => [identity, randomBytes(24).toString('hex')]),
    ) as Record<Identity, string>;
    this.writeStatic();
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  kubeconfig(identity: Identity): string {
    return this.path(`${identity}.kubeconfig`);
  }

  /** Writes what needs the certificate authority (PEM), which the API server makes when it starts for the first time. */
  writeAuthority(certificateAuthority: string): void {
    this.write('ca.crt', certificateAuthority);
    for (const identity of Object.keys(IDENTITIES) as Identity[])
      this.writeJson(
        `${identity}.kubeconfig`,
        kubeconfig(
          this.options.clusterName,
          {
            server: this.options.apiServerUrl,
            'certificate-authority-data': Buffer.from(certificateAuthority).toString('base64'),
          },
          { token: this.tokens[identity] },
        ),
      );
  }

  private writeStatic(): void {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    this.write('service-account.key', privateKey.export({ type: 'pkcs8', format: 'pem' }));
    this.write('service-account.pub', publicKey.export({ type: 'spki', format: 'pem' }));
    this.write(
      'tokens.csv',
      Object.entries(IDENTITIES)
        .map(
          ([identity, { user, groups }]) =>
            `${this.tokens[identity as Identity]},${user},${user},"${groups.join(',')}"\n`,
        )
        .join(''),
    );
    this.writeJson('token-review.kubeconfig', kubeconfig('token-review', { server: this.options.tokenReviewUrl }, {}));
    this.write(
      'kwok.yaml',
      kwokConfiguration()
        .map((document) => JSON.stringify(document))
        .join('\n---\n'),
    );
  }

  private writeJson(name: string, content: object): void {
    this.write(name, JSON.stringify(content, undefined, 2));
  }

  private write(name: string, content: string | Buffer): void {
    writeFileSync(this.path(name), content, { mode: 0o600 });
  }
}

function kubeconfig(name: string, cluster: object, user: object): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
}
