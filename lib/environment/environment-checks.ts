import { httpAddressProblems } from '../../constructs/checks/http-address';
import { identityArnProblems } from '../../constructs/cluster/cluster-access';
import {
  clusterNameProblems,
  publicAccessProblems,
  systemNodesProblems,
} from '../../constructs/cluster/cluster-problems';
import { checkCidr, checkConnectedCidrs } from '../../constructs/network/cidr';
import { checkDomains } from '../../constructs/network/domains';
import { checkNatGateways, checkZoneNames, checkZones } from '../../constructs/network/zones';
import { subjectProblems } from '../../constructs/delivery/github-subject';
import { Accelerator } from '../../constructs/gpu/accelerator';
import { imageSourcesProblems } from '../../constructs/controllers/image-sources';
import { workloadAdmissionProblems } from '../../constructs/platform/workload-admission';
import { imageReferenceProblems } from '../../constructs/models/engine-image';
import { modelNameProblems } from '../../constructs/models/names';
import { modelSourceProblems } from '../../constructs/models/model-source';
import type { EnvironmentConfig, ExistingNetwork } from './environment-config';
import { gatewayConfigProblems } from './gateway/gateway-options';
import type { ModelConfig, ObjectivesConfig } from './model/model-config';
import { placementProblems } from './model/model-placement';
import { rolloutProblems } from './model/model-rollout';
import { modelProblems } from './model/model-options';
import { storageProblems, weightsProblems } from './model/model-weights';
import { nodeProblems } from './nodes/node-requirements';
import { versionProblems } from './environment-versions';
import { wordProblems } from './word-problems';
import { durationOf } from './plain-data';

/** An AWS region. */
const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/;

/**
 * Everything that is wrong with an environment, one problem per line:
 * `<path>: expected …, got …; what to do`. Nothing is built from an environment with problems.
 */
export function checkEnvironment(environment: EnvironmentConfig): string[] {
  // What follows would read them otherwise than they were meant.
  const words = wordProblems(environment);
  if (words.length > 0) return [...checkIdentity(environment), ...words];
  // Models have some options in common, those of the weights' bucket for one.
  return [
    ...new Set([
      ...checkIdentity(environment),
      ...checkNetwork(environment),
      ...checkCluster(environment),
      ...versionProblems(environment),
      ...checkAlarms(environment),
      ...checkDelivery(environment),
      ...checkStorage(environment),
      ...imageSourcesProblems(environment.images ?? {}).map((problem) => `images.${problem}`),
      ...workloadAdmissionProblems('admission', environment.admission ?? {}),
      ...checkWeightsBucket(environment),
      ...checkModelNames(environment.models),
      ...environment.models.flatMap((model) => checkModel(model, environment)),
      ...nodeProblems(environment),
      ...gatewayConfigProblems(environment),
    ]),
  ];
}

/**
 * The environments of the given names; all of them when none is given.
 *
 * @throws when a name does not exist; the error lists those that do.
 */
export function selectEnvironments(
  known: readonly EnvironmentConfig[],
  names: readonly string[],
  defaults: readonly string[],
): EnvironmentConfig[] {
  const wanted = names.length > 0 ? names : defaults;
  const unknown = wanted.filter((name) => !known.some((environment) => environment.name === name));
  if (unknown.length > 0) {
    throw new Error(
      unknown
        .map(
          (name) =>
            `environment: expected one of ${known.map((environment) => environment.name).join(', ')}, got "${name}"; pass one with -c environment=<name>`,
        )
        .join('\n'),
    );
  }
  return known.filter((environment) => wanted.includes(environment.name));
}

function checkIdentity({ name, account, region }: EnvironmentConfig): string[] {
  const problems: string[] = [];
  // The longest name made of it is a role's, which may have 64 characters.
  if (!/^[a-z][a-z0-9-]{0,29}$/.test(name))
    problems.push(
      `name: expected lower-case letters, digits and hyphens, at most 30, got "${name}"; it becomes part of resource names`,
    );
  if (!/^\d{12}$/.test(account))
    problems.push(
      `account: expected 12 digits, got "${account}"; synth makes no lookups, so the account must be written down`,
    );
  if (!REGION.test(region)) problems.push(`region: expected an AWS region, got "${region}"; write it like us-east-1`);
  return problems;
}

function checkNetwork({ network, cluster, ...environment }: EnvironmentConfig): string[] {
  // A wrong region has a report of its own.
  const region = REGION.test(environment.region) ? environment.region : undefined;
  if ('existing' in network) return checkExistingNetwork(network.existing, 'create' in cluster, region);
  const { cidr, availabilityZones, natGateways, egress, connectedCidrs = [] } = network.create;
  return [
    ...checkCidr('network.create.cidr', cidr),
    ...checkZones('network.create.availabilityZones', availabilityZones, region),
    ...checkNatGateways('network.create.natGateways', natGateways, availabilityZones.length),
    ...checkConnectedCidrs('network.create.connectedCidrs', connectedCidrs, cidr),
    ...(egress ? checkDomains('network.create.egress.allowedDomains', egress.allowedDomains) : []),
  ];
}

function checkExistingNetwork(
  { vpcId, availabilityZones, privateSubnetIds }: ExistingNetwork,
  newCluster: boolean,
  region?: string,
): string[] {
  const zones = 'network.existing.availabilityZones';
  const strange = privateSubnetIds.filter((id) => !/^subnet-[0-9a-f]+$/.test(id));
  return [
    ...(/^vpc-[0-9a-f]+$/.test(vpcId)
      ? []
      : [`network.existing.vpcId: expected the id of a VPC, got "${vpcId}"; write it like vpc-0123456789abcdef0`]),
    // A cluster that exists has its zones already.
    ...(newCluster ? checkZones(zones, availabilityZones, region) : checkZoneNames(zones, availabilityZones, region)),
    ...(strange.length === 0
      ? []
      : [
          `network.existing.privateSubnetIds: expected ids of subnets, got ${JSON.stringify(strange)}; write them like subnet-0123456789abcdef0`,
        ]),
    ...(privateSubnetIds.length > 0 && privateSubnetIds.length % availabilityZones.length === 0
      ? []
      : [
          `network.existing.privateSubnetIds: expected one for each of the ${availabilityZones.length} zones, got ${privateSubnetIds.length}; name them in the order of the zones`,
        ]),
  ];
}

function checkCluster({ cluster, network }: EnvironmentConfig): string[] {
  const problems: string[] = [];
  if ('create' in cluster) {
    const {
      name,
      systemNodes,
      breakGlass,
      breakGlassFederated = [],
      operators,
      pipelines,
      publicAccessCidrs = [],
    } = cluster.create;
    problems.push(
      ...[
        ...clusterNameProblems('name', name),
        ...systemNodesProblems('systemNodes', systemNodes),
        ...Object.entries({ breakGlass, breakGlassFederated, operators, pipelines }).flatMap(([prop, arns]) =>
          arns.flatMap((arn) => identityArnProblems(prop, arn)),
        ),
        ...publicAccessProblems('publicAccessCidrs', publicAccessCidrs),
      ].map((problem) => `cluster.create.${problem}`),
    );
  } else {
    if (!/^https:\/\//.test(cluster.existing.endpoint)) {
      problems.push(
        `cluster.existing.endpoint: expected an https address, got "${cluster.existing.endpoint}"; copy it from the cluster's details`,
      );
    }
    const { prometheusAddress } = cluster.existing;
    if (prometheusAddress !== undefined)
      problems.push(...httpAddressProblems('cluster.existing.prometheusAddress', prometheusAddress));
    if ('create' in network) {
      problems.push(
        'network: expected the existing network of the existing cluster, got a new one; give network.existing',
      );
    }
  }
  return problems;
}

function checkAlarms({ alarms, alarmTopicArn, region }: EnvironmentConfig): string[] {
  if (alarmTopicArn === undefined) return [];
  if (!alarms) return ['alarmTopicArn: expected with alarms, got it without; set alarms, or leave it out'];
  return /^arn:aws[a-z-]*:sns:([^:]+):\d{12}:[\w-]+$/.exec(alarmTopicArn)?.[1] === region
    ? []
    : [
        `alarmTopicArn: expected the ARN of an SNS topic in ${region}, got "${alarmTopicArn}"; an alarm reaches only topics of its own region`,
      ];
}

function checkDelivery({ delivery, account }: EnvironmentConfig): string[] {
  if (!delivery) return [];
  const { githubEnvironment, identityProviderArn } = delivery;
  return [
    ...subjectProblems(delivery),
    ...(/^[\w .-]+$/.test(githubEnvironment)
      ? []
      : [
          `githubEnvironment: expected the name of a GitHub environment, got "${githubEnvironment}"; letters, digits, spaces, '-', '_' and '.', as it stands in the repository's settings`,
        ]),
    ...(identityProviderArn === undefined ||
    /^arn:aws[a-z-]*:iam::([^:]+):oidc-provider\/token\.actions\.githubusercontent\.com$/.exec(
      identityProviderArn,
    )?.[1] === account
      ? []
      : [
          `identityProviderArn: expected GitHub's provider in the account, got "${identityProviderArn}"; write it like arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com`,
        ]),
  ].map((problem) => `delivery.${problem}`);
}

function checkWeightsBucket(environment: EnvironmentConfig): string[] {
  const { weightsBucket, region } = environment;
  if (!weightsBucket) return [];
  const { name, keyArn } = weightsBucket;
  return [
    ...storageProblems(environment),
    ...(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(name)
      ? []
      : [
          `weightsBucket.name: expected 3 to 63 lower-case letters, digits and hyphens, got "${name}"; a name with dots has no certificate`,
        ]),
    ...(keyArn === undefined || /^arn:aws[a-z-]*:kms:([^:]+):\d{12}:key\/[\w-]+$/.exec(keyArn)?.[1] === region
      ? []
      : [
          `weightsBucket.keyArn: expected the ARN of a key in ${region}, got "${keyArn}"; a policy needs the key itself, and no alias`,
        ]),
  ];
}

function checkStorage({ storagePrefixList: id }: EnvironmentConfig): string[] {
  return id === undefined || /^pl-[0-9a-f]{8}([0-9a-f]{9})?$/.test(id)
    ? []
    : [`storagePrefixList: expected the id of a prefix list, got "${id}"; aws ec2 describe-prefix-lists lists them`];
}

function checkModelNames(models: readonly ModelConfig[]): string[] {
  const names = models.map((model) => model.name);
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))]
    .map(
      (name) =>
        `models: expected different names, got "${name}" more than once; rename one, the name is that of its stack and Services`,
    )
    .concat(
      models
        .filter(({ nodes = 1 }) => nodes > 1)
        .flatMap(({ name: group }) =>
          names
            .filter((name) => name.startsWith(`${group}-`) && /^\d+$/.test(name.slice(group.length + 1)))
            .map(
              (name) =>
                `models: expected no name of a group of "${group}", got "${name}"; rename one, each group has a Service of its name`,
            ),
        ),
    );
}

function checkModel(model: ModelConfig, environment: EnvironmentConfig): string[] {
  const { objectives, traffic } = model;
  const problems = [
    ...modelNameProblems('name', model.name),
    ...modelSourceProblems(model, environment.requirePins),
    ...imageReferenceProblems(model.image, environment.requirePins),
    ...acceleratorProblems('accelerator', model.accelerator),
    ...acceleratorProblems('previousAccelerator', model.previousAccelerator),
    ...placementProblems(model, environment),
    ...rolloutProblems(model),
    ...weightsProblems(model.weights, environment),
    ...objectiveProblems(objectives),
    ...(traffic === undefined || (traffic.requestsPerSecond > 0 && Number.isFinite(traffic.requestsPerSecond))
      ? []
      : [
          `traffic.requestsPerSecond: expected more than 0 requests a second, got ${traffic.requestsPerSecond}; it is what the gates of a rollout judge by`,
        ]),
  ].map((problem) => `models.${model.name}.${problem}`);
  return [...problems, ...modelProblems(model, environment)];
}

function objectiveProblems({ timeToFirstToken, errorRatio }: ObjectivesConfig): string[] {
  const problems: string[] = [];
  const limit = durationOf('objectives.timeToFirstToken', timeToFirstToken, problems);
  if (limit?.toMilliseconds() === 0)
    problems.push(
      `objectives.timeToFirstToken: expected more than 0 seconds, got ${timeToFirstToken}; 2s is two seconds`,
    );
  if (!(errorRatio > 0 && errorRatio <= 1))
    problems.push(
      `objectives.errorRatio: expected more than 0 and at most 1, got ${errorRatio}; 0.02 is two of a hundred requests`,
    );
  return problems;
}

function acceleratorProblems(prop: string, instanceType: string | undefined): string[] {
  if (instanceType === undefined) return [];
  const problem = Accelerator.problemOf(instanceType);
  return problem ? [`${prop}: ${problem}`] : [];
}
