import { givenSize, knownMebibytes } from '../checks/sizes';
import { isUnresolved } from '../checks/unresolved';
import { imageReferenceProblems } from '../models/engine-image';
import { type EngineMetrics } from '../models/engine-metrics';
import { ENDPOINT_PICKER_IMAGE } from './endpoint-picker';
import { type ModelRouting, type EndpointPickerOptions } from './model-routing';
import { type RoutingContext } from './routing-context';

/** Metrics without which a scorer sees no difference between replicas. */
const NEEDED: Readonly<Record<string, keyof EngineMetrics>> = {
  'queue-scorer': 'requestsWaiting',
  'running-requests-size-scorer': 'requestsRunning',
  'kv-cache-utilization-scorer': 'kvCacheUsage',
};

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const HOST = /^(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/;

/** What is wrong with the routing to a model, one problem per line; empty when nothing is. */
export function routingProblems(routing: ModelRouting, context: RoutingContext): string[] {
  const { picker, _scorers: scorers } = routing;
  if (!picker) return [];
  const missing = [
    ...new Set(
      scorers
        .map(({ type }) => NEEDED[type])
        .filter((metric) => metric !== undefined && context.metrics[metric] === undefined),
    ),
  ];
  return [
    ...nameProblems(picker),
    ...sizeProblems(picker),
    ...imageReferenceProblems(picker.endpointPickerImage ?? ENDPOINT_PICKER_IMAGE).map(
      (problem) => `routing.endpointPickerImage: ${problem.replace(/^image: /, '')}`,
    ),
    ...(missing.length > 0
      ? [
          `routing: expected an engine that exports ${missing.join(' and ')}, got one that does not; use ModelRouting.roundRobin() or another engine`,
        ]
      : []),
    ...(context.rollout._plan.asked.kind === 'blueGreen'
      ? [
          'routing: expected a canary or a rolling update with an endpoint picker, got blue/green; an InferencePool selects the pods of both revisions, use ModelRouting.roundRobin() or another strategy',
        ]
      : []),
  ];
}

function nameProblems({
  gatewayName,
  gatewayNamespace,
  dataPlaneNamespace,
  hostname,
}: EndpointPickerOptions): string[] {
  const names = Object.entries({ gatewayName, gatewayNamespace, dataPlaneNamespace });
  const problems = names
    .filter(([, name]) => name !== undefined && !isUnresolved(name) && !LABEL.test(name))
    .map(
      ([prop, name]) =>
        `routing.${prop}: expected lower-case letters, digits and hyphens, got ${JSON.stringify(name)}; use the name as Kubernetes has it`,
    );
  if (!isUnresolved(hostname) && !HOST.test(hostname))
    problems.push(
      `routing.hostname: expected a host name such as chat.example.com, got ${JSON.stringify(hostname)}; without scheme, port and path`,
    );
  return problems;
}

function sizeProblems({
  endpointPickers,
  endpointPickerCpus,
  endpointPickerMemory: memory,
}: EndpointPickerOptions): string[] {
  const problems: string[] = [];
  const check = (prop: string, value: number | undefined, holds: (value: number) => boolean, expected: string) => {
    if (value !== undefined && !isUnresolved(value) && !holds(value))
      problems.push(`routing.${prop}: expected ${expected}, got ${value}; correct it`);
  };
  check(
    'endpointPickers',
    endpointPickers,
    (value) => Number.isInteger(value) && value >= 2,
    'a whole number from 2, so that one may be missing',
  );
  check('endpointPickerCpus', endpointPickerCpus, (value) => value > 0 && Number.isFinite(value), 'more than 0');
  const memoryMib = memory && knownMebibytes(memory);
  if (memoryMib !== undefined && !(Number.isInteger(memoryMib) && memoryMib >= 256))
    problems.push(`routing.endpointPickerMemory: expected whole MiB from 256, got ${givenSize(memory!)}; correct it`);
  return problems;
}
