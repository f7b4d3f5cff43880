import { givenMebibytes } from '../checks/sizes';
import { isUnresolved } from '../checks/unresolved';
import { imageReferenceProblems } from '../models/engine-image';
import { type EngineMetrics } from '../models/engine-metrics';
import { type ResolvedEndpointPicker } from './resolved-routing';
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
export function routingProblems(picker: ResolvedEndpointPicker, context: RoutingContext): string[] {
  const missing = [
    ...new Set(
      picker.scorers
        .map(({ type }) => NEEDED[type])
        .filter((metric) => metric !== undefined && context.metrics[metric] === undefined),
    ),
  ];
  return [
    ...nameProblems(picker),
    ...sizeProblems(picker),
    ...imageReferenceProblems(picker.endpointPickerImage, false, 'routing.endpointPickerImage'),
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
}: ResolvedEndpointPicker): string[] {
  const names = {
    gatewayName,
    gatewayNamespace,
    ...(dataPlaneNamespace === gatewayNamespace ? {} : { dataPlaneNamespace }),
  };
  const problems = Object.entries(names)
    .filter(([, name]) => !isUnresolved(name) && !LABEL.test(name))
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
  endpointPickerMemoryMib: memory,
}: ResolvedEndpointPicker): string[] {
  const whole = (value: number, least: number) => Number.isInteger(value) && value >= least;
  return [
    ...(isUnresolved(endpointPickers) || whole(endpointPickers, 2)
      ? []
      : [
          `routing.endpointPickers: expected a whole number from 2, so that one may be missing, got ${endpointPickers}; correct it`,
        ]),
    ...(isUnresolved(endpointPickerCpus) || (endpointPickerCpus > 0 && Number.isFinite(endpointPickerCpus))
      ? []
      : [`routing.endpointPickerCpus: expected more than 0, got ${endpointPickerCpus}; correct it`]),
    ...(whole(memory, 256)
      ? []
      : [`routing.endpointPickerMemory: expected whole MiB from 256, got ${givenMebibytes(memory)}; correct it`]),
  ];
}
