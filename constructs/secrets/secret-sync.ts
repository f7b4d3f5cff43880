import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { App as ChartApp } from 'cdk8s';
import { Construct } from 'constructs';
import { secondsOf, wholeSecondsProblems } from '../checks/durations';
import { SECRETS_ROLE_PATH } from '../controllers/names';
import { ReleaseTier } from '../kubernetes/contract/release-tier';
import { KubernetesRelease } from '../kubernetes/kubernetes-release';
import { placeProblems } from '../kubernetes/release-place';
import type { IReleaseProvider } from '../kubernetes/release-provider';
import type { ILlmPlatform } from '../platform/llm-platform';
import { targetProblems } from '../platform/release-target';
import { SecretSyncChart } from './secret-sync-chart';
import { labelNameProblems, syncedSecretsProblems } from './secret-sync-problems';
import type { SyncedSecret, SyncedSecretOptions } from './synced-secret';

/** Time after which a secret that cannot be read fails the deployment. New roles need up to a minute until STS knows them. */
const DEADLINE = Duration.minutes(10);

/** Properties of `SecretSync`. */
export interface SecretSyncProps {
  /** What is to be in the namespace. */
  readonly secrets: SyncedSecretOptions[];

  /**
   * Platform whose External Secrets does it.
   *
   * @default - `provider` and `externalSecretsRole` are given
   */
  readonly platform?: ILlmPlatform;

  /**
   * Provider of the cluster, for a cluster without a platform.
   *
   * @default - that of the platform
   */
  readonly provider?: IReleaseProvider;

  /**
   * Role of External Secrets, which may take roles under the path `/llm-platform-secrets/`.
   *
   * @default - that of the platform
   */
  readonly externalSecretsRole?: iam.IRole;

  /**
   * Namespace that gets the Secrets. It exists before.
   *
   * @default - the namespace of models of the platform
   */
  readonly namespace?: string;

  /**
   * Name of the store and of the release, unique in the namespace. Renaming it removes the Secrets and makes them anew.
   *
   * @default 'secrets'
   */
  readonly syncName?: string;

  /**
   * Time from one look at the secrets to the next, whole seconds: how long a rotated value may take until it is in the Secret.
   *
   * @default Duration.minutes(5)
   */
  readonly refreshInterval?: Duration;

  /**
   * Take the Secrets over from the construct that owns them now, for example after this one was moved or renamed. Remove it once they are
   * deployed.
   *
   * @default false
   */
  readonly adopt?: boolean;
}

/**
 * Secrets of AWS Secrets Manager in a namespace, kept up to date by External Secrets. A role of its own may read exactly these secrets; no value
 * passes through CloudFormation, a release or its asset. The deployment waits until each was read.
 *
 * @example
 * const secrets = new SecretSync(this, 'Secrets', {
 *   platform,
 *   secrets: [{ name: 'hub-token', entries: [{ key: 'token', secret: hubToken }] }],
 * });
 */
export class SecretSync extends Construct {
  /** Role that may read the secrets. */
  public readonly role: iam.Role;

  /** The release with the store and what it is asked for. */
  public readonly release: KubernetesRelease;

  /** The Secrets in the cluster, in the order of `secrets`. */
  public readonly secrets: SyncedSecret[];

  /** @throws when something is wrong with the props; the error lists every problem. */
  constructor(scope: Construct, id: string, props: SecretSyncProps) {
    super(scope, id);
    const { platform, syncName = 'secrets', refreshInterval = Duration.minutes(5) } = props;
    const provider = props.provider ?? platform?.provider;
    const controllerRole = props.externalSecretsRole ?? platform?.externalSecretsRole;
    const namespace = props.namespace ?? platform?.modelNamespace;
    const { region } = Stack.of(this);
    const refreshSeconds = secondsOf(refreshInterval);
    const problems = [
      ...targetProblems(platform, props.provider),
      ...(provider ? placeProblems(this, provider) : []),
      ...(controllerRole
        ? []
        : [
            'externalSecretsRole: expected the role of External Secrets, got none; set controllers.externalSecrets of the platform, or name the role of the one that the cluster has',
          ]),
      ...(namespace === undefined
        ? ['namespace: expected one beside provider, got none; name that of the pods']
        : labelNameProblems('namespace', namespace)),
      ...labelNameProblems('syncName', syncName),
      ...wholeSecondsProblems('refreshInterval', refreshSeconds, 1, 'a rotated value arrives within it'),
      ...syncedSecretsProblems(props.secrets, region),
    ];
    if (problems.length > 0 || !provider || !controllerRole || namespace === undefined)
      throw new Error(`${this.node.path}:\n  ${problems.join('\n  ')}`);

    this.role = new iam.Role(this, 'Role', {
      description: `Reads the secrets of ${namespace} for External Secrets`,
      path: SECRETS_ROLE_PATH,
      // The session of the controller comes with the tags of Pod Identity.
      assumedBy: new iam.SessionTagsPrincipal(new iam.ArnPrincipal(controllerRole.roleArn)),
    });
    const sources = new Set(props.secrets.flatMap(({ entries }) => entries.map(({ secret }) => secret)));
    sources.forEach((secret) => this.allowRead(secret));

    const chart = new SecretSyncChart(new ChartApp(), syncName, {
      namespace,
      store: syncName,
      provider: { aws: { service: 'SecretsManager', region, role: this.role.roleArn } },
      refreshSeconds,
      secrets: props.secrets.map(({ name, entries, digestsOnly }) => ({
        name,
        digestsOnly,
        entries: entries.map(({ key, secret, field }) => ({ key, field, remoteKey: secret.secretArn })),
      })),
    });
    this.release = new KubernetesRelease(this, 'Release', {
      provider,
      // Whoever makes a store names a role that the controller takes: not the model tier.
      tier: ReleaseTier.PLATFORM,
      name: syncName,
      namespace,
      deadline: DEADLINE,
      charts: [chart],
      adopt: props.adopt,
    });
    this.release.node.addDependency(this.role);
    this.secrets = props.secrets.map(({ name, entries }) => ({
      name,
      namespace,
      keys: entries.map(({ key }) => key),
      release: this.release,
    }));
  }

  /** By the role alone: `grantRead` writes the role into the policy of the key, whose stack comes before this one. */
  private allowRead({ secretArn, secretFullArn, encryptionKey }: secretsmanager.ISecret): void {
    this.role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
        // AWS ends every ARN of a secret with six characters, which its name does not tell.
        resources: [secretFullArn ?? `${secretArn}-??????`],
      }),
    );
    if (encryptionKey)
      this.role.addToPolicy(
        new iam.PolicyStatement({
          actions: ['kms:Decrypt'],
          resources: [encryptionKey.keyArn],
          conditions: {
            StringEquals: { 'kms:ViaService': `secretsmanager.${Stack.of(this).region}.amazonaws.com` },
          },
        }),
      );
  }

  /**
   * One of the Secrets in the cluster, for what names it.
   *
   * @param name its name
   * @throws when there is none of the name.
   */
  public secret(name: string): SyncedSecret {
    const found = this.secrets.find((secret) => secret.name === name);
    if (!found)
      throw new Error(
        `${this.node.path}.secret: expected one of ${this.secrets.map((secret) => secret.name).join(', ')}, got ${JSON.stringify(name)}; add it to secrets`,
      );
    return found;
  }
}
