import { KubernetesRelease } from '../../constructs/kubernetes';
import type { KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { production, rehearsal, staging } from '../../environments';
import type { EnvironmentConfig } from '../../lib/environment';
import { PlatformStack } from '../../lib/stacks/platform-stack';
import { PlatformStage } from '../../lib/stage';
import { cacheDirectory } from '../../rehearsal/platform/cache';
import { CYCLONUS, obtainSceneProgram } from '../../rehearsal/platform/scene-programs';
import { testApp } from '../support/app';
import { withPlausibleValues } from '../cluster/support/deploy-time-values';
import { fullEnvironment } from '../support/full-environment';
import { allowedFlows, answersOf, type Flow } from './support/analyzer';
import { isDeclared, NEEDED } from './support/declared';
import { ANY_OTHER_PORT, type Peer } from './support/peer';
import { peersOf } from './support/peers';

// Who may reach whom in every environment, computed by a program that knows what network policies mean, from what is deployed. The
// snapshots are for people to read.

const [model] = rehearsal().models;

/** Models with callers of other namespaces and of their own, and one behind a gateway: no environment here has them. */
const called: EnvironmentConfig = {
  ...rehearsal({
    cluster: {
      provides: {
        kinds: [
          ...['AnalysisTemplate', 'Rollout'].map((kind) => `argoproj.io/${kind}`),
          'monitoring.coreos.com/PodMonitor',
          'inference.networking.k8s.io/InferencePool',
          'gateway.networking.k8s.io/HTTPRoute',
        ],
        accelerators: ['g6.xlarge'],
        endpoints: [],
      },
    },
  }),
  name: 'called',
  models: [
    {
      ...model,
      callers: [{ namespaceLabels: { team: 'search' }, podLabels: { app: 'web' } }, { podLabels: { app: 'batch' } }],
    },
    {
      ...model,
      name: 'routed',
      routing: { by: 'least-busy', gatewayName: 'models', gatewayNamespace: 'gateway', hostname: 'routed.example.com' },
    },
  ],
};

interface Judged {
  readonly environment: EnvironmentConfig;
  /** Those that it makes: each is guarded. What is in others, policies of theirs guard, or none. */
  readonly namespaces: ReadonlySet<string>;
  readonly policies: readonly KubernetesObject[];
  readonly peers: readonly Peer[];
  readonly flows: readonly Flow[];
}

const judged = [staging, production, rehearsal(), fullEnvironment, called].map((environment): Judged => {
  const stage = new PlatformStage(testApp(), environment.name, { environment });
  const objects = withPlausibleValues(KubernetesRelease.allIn(stage).flatMap((release) => release.objects));
  const platform = stage.node.findAll().find((each): each is PlatformStack => each instanceof PlatformStack)!;
  const installed = platform.controllers.map(({ facts }) => facts.name);
  // An environment with a cluster of others has these as well.
  const controllers = installed.length > 0 ? installed : ['prometheus-stack', 'argo-rollouts'];
  const peers = peersOf(environment, objects, controllers);
  const flows = peers.flatMap((to) =>
    [...to.ports, ANY_OTHER_PORT].flatMap((port) =>
      peers.filter((from) => from !== to && (from.pod || to.pod)).map((from) => ({ from, to, port })),
    ),
  );
  const namespaces = new Set(objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name));
  return { environment, namespaces, policies: objects.filter(({ kind }) => kind === 'NetworkPolicy'), peers, flows };
});

const answers = new Map<EnvironmentConfig, readonly boolean[]>();
let analyzer: string;

beforeAll(async () => {
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  analyzer = (await obtainSceneProgram(CYCLONUS, { cacheDirectory: cacheDirectory(), log })).file;
  for (const { environment, policies, flows } of judged)
    answers.set(environment, allowedFlows(analyzer, policies, flows));
});

function open({ environment, flows }: Judged): readonly Flow[] {
  const allowed = answers.get(environment)!;
  return flows.filter((_, index) => allowed[index]);
}

function isGuarded({ namespaces }: Judged, { pod }: Peer): boolean {
  return pod !== undefined && namespaces.has(pod.namespace);
}

function textOf({ from, to, port }: Flow): string {
  return `${from.name} → ${to.name}:${port === ANY_OTHER_PORT ? 'any other port' : port}`;
}

describe.each(judged.map((each) => [each.environment.name, each] as const))('%s', (_, each) => {
  test('who may reach whom', () => {
    expect(picture(each)).toMatchSnapshot();
  });

  test('nothing that is guarded is reached, or reaches out, but by declared flows', () => {
    const undeclared = open(each).filter(
      (flow) =>
        (isGuarded(each, flow.to) || (isGuarded(each, flow.from) && !flow.to.pod)) &&
        !isDeclared(flow, each.environment),
    );
    expect(undeclared.map(textOf)).toEqual([]);
  });

  test('what must be reached can be', () => {
    const has = (name: string): boolean => each.peers.some((peer) => peer.name === name);
    // In a cluster of others, controllers have no policies of ours.
    const needed = NEEDED.filter(([from, to]) => has(from) && has(to)).map(
      ([from, to, port]) => `${from} → ${to}:${port}`,
    );
    expect(needed.length).toBeGreaterThan(8);
    const found = new Set(open(each).map(textOf));
    expect(needed.filter((text) => !found.has(text))).toEqual([]);
  });

  test('Prometheus reaches every engine', () => {
    const engines = each.environment.models.map(({ name }) => name);
    const found = open(each)
      .filter(({ from, port }) => from.name === 'monitoring/prometheus' && port === 8000)
      .map(({ to }) => to.name.replace(/^models\/| \(.*$/g, ''));
    expect([...new Set(found)].sort()).toEqual([...engines].sort());
  });
});

test('the declared callers of a model reach it, and the gateway what it routes to', () => {
  const found = open(judged.find(({ environment }) => environment === called)!).map(textOf);
  expect(found).toEqual(
    expect.arrayContaining([
      'callers-1-of-chat/caller-1-of-chat → models/chat:8000',
      'models/caller-2-of-chat → models/chat:8000',
      'gateway/gateway → models/routed:8000',
      'gateway/gateway → models/routed-picker:9002',
      'models/routed-picker → models/routed:8000',
    ]),
  );
});

// What is said above tells something only because this is noticed.
describe('noticed', () => {
  const [{ policies, flows }] = judged;

  test('a policy that the analyzer has not read', () => {
    const [first, second, ...others] = policies.map((policy) => JSON.stringify(policy));
    expect(() => answersOf(analyzer, [`${first}\n---\n${second}`, ...others], policies.length, flows)).toThrow(
      `policies: expected that ${policies.length} were read, got ${policies.length - 1}`,
    );
  });

  test('an engine that everybody may call, and a namespace without its default', () => {
    const without = policies.filter(
      ({ metadata }) => !(metadata.namespace === 'models' && ['chat', 'default-deny'].includes(metadata.name)),
    );
    const allowed = allowedFlows(analyzer, without, flows);
    const undeclared = flows.filter((flow, index) => allowed[index] && !isDeclared(flow, staging)).map(textOf);
    expect(undeclared).toContain('default/any pod → models/chat:8000');
    expect(undeclared).toContain('the internet → models/chat:8000');
  });
});

/** The open flows for a reader: a place all of which may send is one word, and what is guarded by nothing comes last. */
function picture(each: Judged): string {
  const { environment, policies, peers } = each;
  const found = open(each);
  const lines = peers
    .filter((to) => isGuarded(each, to) || !to.pod || to.name.endsWith('/coredns'))
    .flatMap((to) => {
      const ports = [...to.ports, ANY_OTHER_PORT].flatMap((port) => {
        const from = found.filter((flow) => flow.to === to && flow.port === port).map((flow) => flow.from);
        return from.length === 0
          ? []
          : [`  ${port === ANY_OTHER_PORT ? 'any other port' : port} from ${who(each, to, from)}`];
      });
      return [to.name, ...(ports.length > 0 ? ports : ['  from nobody'])];
    });
  return [
    `${environment.name}: ${policies.length} policies, ${each.flows.length} flows asked, ${found.length} open`,
    '',
    ...lines,
    '',
    `no policy of ours guards ${peers
      .filter((peer) => peer.pod && !isGuarded(each, peer))
      .map(({ name }) => name)
      .join(', ')}`,
  ].join('\n');
}

function who(each: Judged, to: Peer, from: readonly Peer[]): string {
  const others = each.peers.filter((peer) => peer !== to && (peer.pod || to.pod));
  if (from.length === others.length) return 'everybody';
  const placeOf = ({ pod }: Peer): string => pod?.namespace ?? 'outside';
  return [...new Set(others.map(placeOf))]
    .flatMap((place) => {
      const all = others.filter((peer) => placeOf(peer) === place);
      const some = all.filter((peer) => from.includes(peer)).map(({ name }) => name);
      return all.length > 1 && some.length === all.length ? [`all of ${place}`] : some;
    })
    .sort()
    .join(', ');
}
