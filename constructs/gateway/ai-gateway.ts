import { Annotations, Duration } from 'aws-cdk-lib';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { App as ChartApp } from 'cdk8s';
import { Construct } from 'constructs';
import { PodIdentityRole } from '../cluster/pod-identity-role';
import { KubernetesRelease } from '../kubernetes/kubernetes-release';
import { placeProblems } from '../kubernetes/release-place';
import { type IReleaseProvider } from '../kubernetes/release-provider';
import { ReleaseTier } from '../kubernetes/contract/release-tier';
import { ModelRoutes } from '../model-providers/model-routes';
import { type ILlmPlatform } from '../platform/llm-platform';
import { targetProblems } from '../platform/release-target';
import { SecretSync } from '../secrets/secret-sync';
import { type SyncedSecretOptions } from '../secrets/synced-secret';
import { ModelService } from '../serving/model-service';
import { GatewayCallerChart } from './gateway-caller-chart';
import { GatewayChart } from './gateway-chart';
import { GatewayNamespaceChart } from './gateway-namespace-chart';
import { type GatewayCaller, type GatewayOptions } from './gateway-options';
import { gatewayCallerProblems } from './gateway-problems';
import { gatewaySecrets } from './gateway-secrets';
import { GATEWAY_NAME, GATEWAY_POD_LABELS, GATEWAY_PORT, MANAGEMENT_PORT } from './names';
import { resolveGateway } from './resolve-gateway';

/** Properties of `AiGateway`. */
export interface AiGatewayProps extends GatewayOptions {
  /**
   * Platform that the gateway runs on. The gateway waits for its controllers.
   *
   * @default - `provider` is given
   */
  readonly platform?: ILlmPlatform;

  /**
   * Provider of the cluster that the gateway runs in, for a cluster without a platform.
   *
   * @default - that of the platform
   */
  readonly provider?: IReleaseProvider;

  /**
   * Role of External Secrets, which then brings the gateway its Secrets, for a cluster without a platform.
   *
   * @default - that of the platform; without one something else brings what `secrets` says
   */
  readonly externalSecretsRole?: iam.IRole;

  /**
   * Take the gateway over from the construct that owns it now, for example after this one was moved or renamed. Remove it once the gateway
   * is deployed.
   *
   * @default false
   */
  readonly adopt?: boolean;
}

/**
 * The one way to models: knows who asks, what that may cost, and what may go in and out.
 *
 * Self-hosted models among its models let it in; those at AWS are called by an identity of its own; keys of the others come from Secrets
 * of its namespace (`secrets`).
 *
 * @example
 * new AiGateway(this, 'Gateway', {
 *   platform,
 *   models: [{ endpoint: chat, maxInputTokens: 16384, maxOutputTokens: 4096 }],
 *   tenants: [{ name: 'search', models: ['chat'], keySecret, requestsPerMinute: 60 }],
 *   redis: { host: redis.attrPrimaryEndPointAddress },
 *   image: '111111111111.dkr.ecr.us-east-1.amazonaws.com/llm-gateway:1.0.0',
 * });
 */
export class AiGateway extends Construct {
  /** Namespace of the gateway. */
  public readonly namespace: string;

  /** Name of its Service. */
  public readonly serviceName: string = GATEWAY_NAME;

  /** Port of its Service and of its pods. */
  public readonly port: number = GATEWAY_PORT;

  /** Port of its pods for probes and metrics, which its Service does not have. */
  public readonly managementPort: number = MANAGEMENT_PORT;

  /** Path on the port for probes that answers 200 while a pod takes requests. */
  public readonly readinessPath: string;

  /** Base URL of the API inside the cluster. */
  public readonly url: string;

  /** Longest time of a request: what stands in front of the gateway waits at least as long. */
  public readonly requestTimeout: Duration;

  /** The release of the namespace, which what is added to it waits for. */
  public readonly namespaceRelease: KubernetesRelease;

  /** The release that ships the gateway. */
  public readonly release: KubernetesRelease;

  /**
   * Secrets that must be in the namespace before pods start, with what they hold. On a platform with External Secrets the gateway brings
   * them itself. Nothing here reads their values.
   */
  public readonly secrets: SyncedSecretOptions[];

  /** Role of the pods; undefined where no model is at AWS. */
  public readonly role?: iam.IRole;

  private readonly provider: IReleaseProvider;

  /** @throws when something is wrong with the props; the error lists every problem. */
  public constructor(
    scope: Construct,
    id: string,
    private readonly props: AiGatewayProps,
  ) {
    super(scope, id);
    const { platform } = props;
    const provider = props.provider ?? platform?.provider;
    const options = { ...props, prometheusAddress: props.prometheusAddress ?? platform?.prometheusAddress };
    const { gateway, problems } = resolveGateway(options);
    const wrong = [
      ...targetProblems(platform, props.provider),
      ...(provider ? placeProblems(this, provider) : []),
      ...problems,
    ];
    if (wrong.length > 0 || !provider) throw new Error(`${this.node.path}:\n  ${wrong.join('\n  ')}`);
    const { namespace, maxReplicas } = gateway;
    this.provider = provider;
    this.namespace = namespace;
    this.url = `http://${this.serviceName}.${namespace}.svc:${this.port}/v1`;
    this.readinessPath = gateway.engine.readinessPath;
    this.requestTimeout = Duration.seconds(gateway.requestTimeoutSeconds);
    this.secrets = gatewaySecrets(props);

    this.namespaceRelease = new KubernetesRelease(this, 'Namespace', {
      provider,
      tier: ReleaseTier.PLATFORM,
      name: `${namespace}-namespace`,
      namespace: 'kube-system',
      charts: [new GatewayNamespaceChart(new ChartApp(), 'namespace', { namespace, maxReplicas })],
      // It holds no data, and Secrets that are made anew.
      deleteNamespacesAndData: true,
      adopt: props.adopt,
    });
    this.release = new KubernetesRelease(this, 'Release', {
      provider,
      tier: ReleaseTier.MODEL,
      name: GATEWAY_NAME,
      namespace,
      charts: [new GatewayChart(new ChartApp(), 'gateway', gateway)],
      deadline: props.deadline,
      plannedRollout: Duration.seconds(gateway.plannedRolloutSeconds),
      detached: gateway.rollout.detached,
      adopt: props.adopt,
    });
    this.release.node.addDependency(this.namespaceRelease);
    const externalSecretsRole = props.externalSecretsRole ?? platform?.externalSecretsRole;
    if (externalSecretsRole) this.syncSecrets(externalSecretsRole);
    this.role = gateway.awsIdentity ? this.addRole(provider) : undefined;
    for (const { endpoint } of props.models) if (endpoint instanceof ModelService) this.allowTo(endpoint);
    const notes = [gateway.replicas, maxReplicas].flatMap((replicas) => gateway.rollout.notes(replicas));
    for (const note of new Set(notes)) Annotations.of(this).addInfo(note);
    if (maxReplicas > gateway.replicas)
      Annotations.of(this).addInfo(
        `replicas follow the load of their CPUs only where the cluster has metrics-server, which this library does not install: without it there are always ${gateway.replicas}`,
      );
  }

  /**
   * Lets pods or addresses reach the gateway, beside its `callers`: by a network policy in a release of its own.
   *
   * @param id name of the caller, unique in the gateway: letters, digits and hyphens
   * @param caller who may reach it
   * @returns the release, for what has to wait for it
   * @throws when the id, a label or a range is wrong, or another caller has the id; the error lists every problem.
   */
  public allowFrom(id: string, caller: GatewayCaller): KubernetesRelease {
    const name = `${GATEWAY_NAME}-from-${id.toLowerCase()}`;
    const ownId = `From-${id.toLowerCase()}`;
    const problems = [
      ...(/^[A-Za-z0-9]([A-Za-z0-9-]{0,48}[A-Za-z0-9])?$/.test(id)
        ? []
        : [
            `id: expected letters, digits and hyphens, at most 50, got ${JSON.stringify(id)}; rename it, it becomes part of the name of a network policy`,
          ]),
      ...(this.node.tryFindChild(ownId)
        ? [
            `id: expected a name that no other caller of the gateway has, got ${JSON.stringify(id)}; rename it, capital letters make no difference`,
          ]
        : []),
      ...gatewayCallerProblems('caller', caller),
    ];
    if (problems.length > 0) throw new Error(`${this.node.path}.allowFrom:\n  ${problems.join('\n  ')}`);
    const { namespace } = this;
    const release = new KubernetesRelease(this, ownId, {
      provider: this.provider,
      tier: ReleaseTier.MODEL,
      name,
      namespace,
      charts: [new GatewayCallerChart(new ChartApp(), name, { namespace, name, caller })],
      adopt: this.props.adopt,
    });
    release.node.addDependency(this.namespaceRelease);
    return release;
  }

  /**
   * Lets the gateway call a model of the cluster, by a release beside the model's own: the gateway may come after the model, and go before it.
   * Each `ModelService` among its models lets it in anyway; this is for one that is named by its address.
   *
   * @param model model that lets the gateway in
   * @returns the release with the network policy
   */
  public allowTo(model: ModelService): KubernetesRelease {
    return model.allowFrom(this.namespace, {
      namespaceLabels: { 'kubernetes.io/metadata.name': this.namespace },
      podLabels: GATEWAY_POD_LABELS,
    });
  }

  private syncSecrets(externalSecretsRole: iam.IRole): void {
    const { provider, namespace, secrets } = this;
    const { adopt } = this.props;
    const syncName = `${GATEWAY_NAME}-secrets`;
    const sync = new SecretSync(this, 'Secrets', {
      provider,
      externalSecretsRole,
      namespace,
      secrets,
      syncName,
      adopt,
    });
    sync.node.addDependency(this.namespaceRelease);
    // Pods are not started without what they mount.
    this.release.node.addDependency(sync);
  }

  /** Models at AWS ask who calls; keys of the others are in Secrets, so that the role may read none of them. */
  private addRole({ clusterName }: IReleaseProvider): iam.IRole {
    const identity = new PodIdentityRole(this, 'Role', { description: 'Calls the models of the gateway at AWS' });
    new ModelRoutes(this.props.models.map(({ endpoint }) => endpoint)).grantInvokeAtAws(identity);
    const association = new eks.CfnPodIdentityAssociation(this, 'Association', {
      clusterName,
      namespace: this.namespace,
      serviceAccount: GATEWAY_NAME,
      roleArn: identity.role.roleArn,
    });
    // Pods get the role only if it is there when they start.
    this.release.node.addDependency(identity, association);
    return identity.role;
  }
}
