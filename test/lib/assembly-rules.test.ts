import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { production, rehearsal, staging } from '../../environments';
import { ANSWER_TIMEOUT } from '../../kubernetes-client/kubernetes-client';
import { REQUEST_TIMEOUT as STORE_TIMEOUT } from '../../handler/release-store';
import { KubernetesRelease } from '../../constructs/kubernetes';
import { LONGEST_TICK, TICK } from '../../handler/session';
import { AWS_IDENTITY_LABEL } from '../../constructs/kubernetes/contract/names';
import type { EnvironmentConfig } from '../../lib/environment/environment-config';
import { PlatformStage } from '../../lib/stage';
import { testApp } from '../support/app';
import { frontDoor } from '../support/front-door';
import { fullEnvironment } from '../support/full-environment';

// Rules that hold for every template of every environment, whatever is retained in it.

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
}
type Resources = Readonly<Record<string, Resource>>;

const temporary = (environment: EnvironmentConfig): EnvironmentConfig => ({
  ...environment,
  name: `${environment.name}-d`,
  retention: 'destroy',
});
const environments = [
  staging,
  production,
  rehearsal(),
  fullEnvironment,
  frontDoor,
  temporary(staging),
  temporary(fullEnvironment),
  temporary(frontDoor),
];
const stages = environments.map((environment) => {
  const stage = new PlatformStage(testApp(), environment.name, { environment });
  const templates = (stage.node.children as Stack[]).map((stack) => ({
    stack: stack.node.id,
    resources: Template.fromStack(stack).toJSON().Resources as Resources,
  }));
  return {
    environment,
    stage,
    templates,
    resources: templates.flatMap(({ stack, resources }) =>
      Object.entries(resources).map(([id, resource]) => ({ stack, id, ...resource })),
    ),
  };
});

/** The name that a template gives to a resource, where it is the same in each attempt: its own, or made of those of others. */
function literalName({ Type, Properties = {} }: Resource, resources: Resources): string | undefined {
  const kind = Type.split('::').at(-1)!;
  return literal(Properties[`${kind}Name`] ?? Properties.Name, resources);
}

function literal(value: unknown, resources: Resources): string | undefined {
  if (typeof value === 'string') return value;
  const { Ref: reference, 'Fn::Join': join } = (value ?? {}) as { Ref?: string; 'Fn::Join'?: [string, unknown[]] };
  if (reference?.startsWith('AWS::')) return reference;
  if (reference !== undefined) return resources[reference] && literalName(resources[reference], resources);
  const parts = join?.[1].map((part) => literal(part, resources));
  return parts?.every((part) => part !== undefined) ? parts.join(join![0]) : undefined;
}

interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly serviceAccountName?: string };
}
interface Workload {
  readonly metadata: { readonly namespace?: string };
  readonly spec?: {
    readonly template?: PodTemplate;
    readonly leaderWorkerTemplate?: { readonly leaderTemplate?: PodTemplate; readonly workerTemplate: PodTemplate };
  };
}

/** The pods that a workload makes, with the service accounts that they act as. */
function podsOf({ metadata: { namespace }, spec }: Workload) {
  const { leaderTemplate, workerTemplate } = spec?.leaderWorkerTemplate ?? {};
  return [spec?.template, leaderTemplate, workerTemplate].flatMap((template) =>
    template?.spec
      ? [{ account: `${namespace}/${template.spec.serviceAccountName}`, labels: template.metadata.labels }]
      : [],
  );
}

const seconds = (value: unknown): number => Number(/^(\d+)s?$/.exec(String(value))?.[1]);

test('a name that is made of the name of another resource is found', () => {
  const resources: Resources = {
    Named: { Type: 'AWS::Lambda::Function', Properties: { FunctionName: 'releases' } },
    Unnamed: { Type: 'AWS::Lambda::Function', Properties: {} },
  };
  const groupOf = (Ref: string): Resource => ({
    Type: 'AWS::Logs::LogGroup',
    Properties: { LogGroupName: { 'Fn::Join': ['', ['/aws/lambda/', { Ref }]] } },
  });
  expect(literalName(groupOf('Named'), resources)).toBe('/aws/lambda/releases');
  expect(literalName(groupOf('Unnamed'), resources)).toBeUndefined();
});

describe.each(stages)('$environment.name', ({ environment, stage, templates, resources }) => {
  // Whoever chooses the name of the bucket of weights keeps it: what is in it cannot be made again.
  const kept = ['AWS::S3::Bucket llm-weights'];

  test('nothing that stays has a name that stops the next creation', () => {
    const names = templates.flatMap(({ resources: own }) =>
      Object.values(own)
        .filter(({ DeletionPolicy = 'Delete' }) => DeletionPolicy !== 'Delete')
        .map((resource) => ({
          Type: resource.Type,
          name: literalName(resource, own),
          DeletionPolicy: resource.DeletionPolicy,
        })),
    );
    expect(names.filter(({ Type, name }) => name !== undefined && !kept.includes(`${Type} ${name}`))).toEqual([]);
  });

  const propertiesOf = (type: string) =>
    resources.filter(({ Type }) => Type === type).map(({ Properties = {} }) => Properties);
  const timeoutsOf = (handler: RegExp) =>
    propertiesOf('AWS::Lambda::Function')
      .filter(({ Handler }) => handler.test(String(Handler)))
      .map(({ Timeout }) => Number(Timeout));

  test('Helm ends, and goes back, before its handler is killed', () => {
    const charts = propertiesOf('Custom::AWSCDK-EKS-HelmChart');
    if ('existing' in environment.cluster) return expect(charts).toEqual([]);
    expect(charts.length).toBeGreaterThan(1);
    // The handler of Helm is the only one in Python. Prometheus' chart has two Jobs before an upgrade and one before a rollback; a minute goes to downloads.
    const [killed] = propertiesOf('AWS::Lambda::Function')
      .filter(({ Runtime }) => String(Runtime).startsWith('python'))
      .map(({ Timeout }) => Number(Timeout));
    const [before, upgrade, beforeBack, back] = [2, 1, 1, 1];
    for (const { Timeout, Atomic } of charts) {
      expect(Atomic).toBe(true);
      expect((before + upgrade + beforeBack + back) * seconds(Timeout) + 60).toBeLessThanOrEqual(killed);
    }
    return undefined;
  });

  test('a release ends by its own deadline, with its reason, before the waiter and CloudFormation give it up', () => {
    const releases = propertiesOf('Custom::KubernetesRelease');
    const waiters = propertiesOf('AWS::StepFunctions::StateMachine').map(({ DefinitionString }) => {
      const { IntervalSeconds, MaxAttempts } =
        /"IntervalSeconds\\*":(?<IntervalSeconds>\d+),\\*"MaxAttempts\\*":(?<MaxAttempts>\d+)/.exec(
          JSON.stringify(DefinitionString),
        )!.groups!;
      return { interval: Number(IntervalSeconds), total: Number(IntervalSeconds) * Number(MaxAttempts) };
    });
    expect(releases.length).toBeGreaterThan(1);
    expect(waiters).toHaveLength(2);
    for (const { DeadlineSeconds, ServiceTimeout } of releases) {
      for (const { interval, total } of waiters) {
        const lastTick = seconds(DeadlineSeconds) + interval + LONGEST_TICK / 1000;
        expect(lastTick).toBeLessThan(total);
        expect(lastTick).toBeLessThan(seconds(ServiceTimeout));
      }
      expect(seconds(ServiceTimeout)).toBeLessThanOrEqual(3600);
    }
  });

  test('a tick ends before its function is killed, however slowly it is answered', () => {
    expect(TICK).toBeLessThan(LONGEST_TICK);
    const isComplete = timeoutsOf(/^index\.isComplete$/);
    expect(isComplete).toHaveLength(2);
    // What a tick begins in its last moment may ask the cluster and the bucket once more each; the bucket's client tries three times.
    for (const timeout of [...isComplete, ...timeoutsOf(/^index\.operate$/)])
      expect(TICK + 2 * ANSWER_TIMEOUT + 3 * STORE_TIMEOUT).toBeLessThan(timeout * 1000);
    // The framework waits for what it calls.
    const longest = Math.max(...isComplete, ...timeoutsOf(/^index\.onEvent$/));
    for (const timeout of timeoutsOf(/^framework\./)) expect(timeout).toBeGreaterThan(longest);
  });

  test('pods that act as a role are not admitted before EKS knows that they do', () => {
    const associations = resources
      .filter(({ Type }) => Type === 'AWS::EKS::PodIdentityAssociation')
      .map(({ Properties = {} }) => `${String(Properties.Namespace)}/${String(Properties.ServiceAccount)}`);
    const pods = KubernetesRelease.allIn(stage)
      .flatMap(({ objects }) => (objects as Workload[]).flatMap(podsOf))
      .filter(({ account }) => associations.includes(account));
    expect(pods.filter(({ labels }) => labels[AWS_IDENTITY_LABEL] !== 'required')).toEqual([]);
    if (environment.alarms) expect(pods.map(({ account }) => account)).toContain('monitoring/metric-bridge');
    if (environment.weightsBucket)
      expect(pods.map(({ account }) => account)).toEqual(expect.arrayContaining(['models/full', 'models/streamed']));
  });

  test('no subnet is replaced under a cluster: CloudFormation refuses it', () => {
    const others = JSON.stringify(templates.filter(({ stack }) => stack !== 'Network'));
    expect(others).not.toContain(`"StackName":"${environment.name}-Network"`);
    if ('create' in environment.network) expect(others).toContain(`{"Fn::ImportValue":"${environment.name}-Network:`);
  });

  test('what is to be destroyed leaves nothing behind', () => {
    if (environment.retention !== 'destroy') return;
    expect(
      resources
        .filter(({ DeletionPolicy = 'Delete' }) => DeletionPolicy !== 'Delete')
        .map(({ stack, id }) => `${stack} ${id}`),
    ).toEqual([]);
  });
});
