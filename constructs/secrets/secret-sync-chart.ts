import * as cdk8s from 'cdk8s';
import type { Construct } from 'constructs';

const API_VERSION = 'external-secrets.io/v1';

/** One key of a Secret in the cluster. */
export interface ExternalSecretEntry {
  /** Key in the Secret. */
  readonly key: string;

  /** Name of the secret where it comes from, as its store knows it. */
  readonly remoteKey: string;

  /**
   * Field of the secret, when it is a JSON object.
   *
   * @default - the whole secret is the value
   */
  readonly field?: string;
}

/** A Secret in the cluster. */
export interface ExternalSecretOptions {
  /** Name of the Secret. */
  readonly name: string;

  /** What is in it. */
  readonly entries: ExternalSecretEntry[];

  /**
   * Whether only digests of its lines are in it.
   *
   * @default false
   */
  readonly digestsOnly?: boolean;
}

/** Properties of `SecretSyncChart`. */
export interface SecretSyncChartProps {
  /** Namespace of everything. */
  readonly namespace: string;

  /** Name of the store. */
  readonly store: string;

  /** Where the store is, as `spec.provider` of a SecretStore: of any cloud. */
  readonly provider: { readonly [key: string]: unknown };

  /** Time from one look at the secrets to the next, seconds. */
  readonly refreshSeconds: number;

  /** What is brought into the cluster. */
  readonly secrets: ExternalSecretOptions[];
}

/** A store of secrets for one namespace, and what External Secrets makes of it there. */
export class SecretSyncChart extends cdk8s.Chart {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: SecretSyncChartProps,
  ) {
    super(scope, id);
    const { namespace, store, provider, secrets } = props;
    new cdk8s.ApiObject(this, 'store', {
      apiVersion: API_VERSION,
      kind: 'SecretStore',
      metadata: { namespace, name: store },
      spec: { provider },
    });
    secrets.forEach((secret, index) => this.externalSecret(`secret-${index}`, secret));
  }

  private externalSecret(id: string, { name, entries, digestsOnly = false }: ExternalSecretOptions): void {
    const { namespace, store, refreshSeconds } = this.props;
    new cdk8s.ApiObject(this, id, {
      apiVersion: API_VERSION,
      kind: 'ExternalSecret',
      metadata: { namespace, name },
      spec: {
        refreshInterval: `${refreshSeconds}s`,
        secretStoreRef: { kind: 'SecretStore', name: store },
        target: {
          name,
          creationPolicy: 'Owner',
          // What has gone from the store takes nothing from pods that run.
          deletionPolicy: 'Retain',
          ...(digestsOnly ? { template: digestsOf(entries) } : {}),
        },
        data: entries.map(({ key, remoteKey, field }, index) => ({
          secretKey: digestsOnly ? variable(index) : key,
          remoteRef: { key: remoteKey, ...(field === undefined ? {} : { property: field }) },
        })),
      },
    });
  }
}

/** Names of values within a template, where a key of the Secret may be no name. */
function variable(index: number): string {
  return `value${index}`;
}

/** Of what is read, only what the template makes of it is stored. */
function digestsOf(entries: readonly ExternalSecretEntry[]): object {
  return {
    engineVersion: 'v2',
    mergePolicy: 'Replace',
    data: Object.fromEntries(
      entries.map(({ key }, index) => [
        key,
        `{{ range splitList "\\n" .${variable(index)} }}{{ with trim . }}{{ sha256sum . }}{{ "\\n" }}{{ end }}{{ end }}`,
      ]),
    ),
  };
}
