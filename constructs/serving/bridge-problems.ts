import { Stack, Stage } from 'aws-cdk-lib';
import { type IConstruct } from 'constructs';
import { isUnresolved } from '../checks/unresolved';
import { type IBridgedModel } from '../observability/bridged-model';
import { MetricBridge } from '../observability/metric-bridge';
import { rulesOf } from '../observability/metric-bridge-chart';
import { type ILlmPlatform } from '../platform/llm-platform';

/** A model that an app serves. */
type ServedModel = IConstruct & IBridgedModel;

/** What an app says of a model and of its metrics in CloudWatch. */
export interface MeasuredModel {
  /** Platform that serves the model. */
  readonly platform: ILlmPlatform;
  /** Name of the environment whose bridge is said to bring the series of the model. */
  readonly environmentName?: string;
  /** Whether a metric of the model was asked for. */
  readonly metricsAsked: boolean;
  /** Whether its alerts on scaling were. */
  readonly scalingAsked: boolean;
  /** Whether a construct is a model that the app serves. */
  readonly isModel: (node: IConstruct) => node is ServedModel;
}

/**
 * What is wrong between a model and the bridges that the app has on its platform, one problem per line: alarms would stand on metrics
 * that have no data. Where the app has no bridge, another one may.
 */
export function bridgeProblems(model: ServedModel, measured: MeasuredModel): string[] {
  const { platform, environmentName, metricsAsked, isModel } = measured;
  const nodes = Stage.of(model)!.node.findAll();
  const bridges = nodes
    .filter((node): node is MetricBridge => node instanceof MetricBridge)
    .filter((bridge) => bridge.platform && isSame(bridge.platform, platform));
  if (bridges.length === 0 || isUnresolved(model.modelName)) return [];

  const naming = bridges.filter((bridge) => entriesOf(bridge, model).length > 0);
  if (naming.length > 0)
    return [...naming.flatMap((bridge) => entryProblems(bridge, model, measured)), ...nameProblems(naming, measured)];

  const served = nodes.filter(isModel).map(({ modelName }) => modelName);
  const named = bridges.flatMap(({ models }) => models.map(({ modelName }) => modelName));
  const unknown = named.filter((name) => !isUnresolved(name) && !served.includes(name));
  // A name that no model has may be that of a model elsewhere, unless one here waits for a bridge.
  if (!metricsAsked && (environmentName === undefined || unknown.length === 0)) return [];
  const strangers = unknown.length > 0 ? `; no model of the app is named ${quoted(unknown)}` : '';
  return [
    `environmentName: expected a MetricBridge with the model "${model.modelName}", got ${pathsOf(bridges)} with ${quoted(named) || 'none'}${strangers}; add the ModelService to its models, a metric of it would have no data`,
    ...nameProblems(bridges, measured),
  ];
}

/** By its name and metrics a model can be described wrongly, by itself it cannot. */
function entryProblems(bridge: MetricBridge, model: ServedModel, { scalingAsked }: MeasuredModel): string[] {
  const rules = (of: IBridgedModel) =>
    JSON.stringify(rulesOf({ ...of, modelName: model.modelName, autoscaled: false }));
  const series = rules({ modelName: model.modelName, metrics: model.metrics });
  return entriesOf(bridge, model).flatMap(({ modelName, metrics, autoscaled = false }) => [
    ...(rules({ modelName, metrics }) === series
      ? []
      : [
          `metrics: expected those of the model's engine in ${bridge.node.path}, got ${metrics ? 'others' : 'none, which means those of vLLM'}; give its models the ModelService itself`,
        ]),
    ...(scalingAsked && !autoscaled
      ? [
          `autoscaled: expected true in ${bridge.node.path} for metricScalingAlerts, got false; give its models the ModelService itself`,
        ]
      : []),
  ]);
}

function nameProblems(bridges: readonly MetricBridge[], { environmentName }: MeasuredModel): string[] {
  const names = bridges.map((bridge) => bridge.environmentName);
  return environmentName === undefined || names.includes(environmentName)
    ? []
    : [
        `environmentName: expected that of ${pathsOf(bridges)}, ${quoted(names)}, got "${environmentName}"; a metric under another name would have no data, give both the same`,
      ];
}

function entriesOf({ models }: MetricBridge, { modelName }: ServedModel): IBridgedModel[] {
  return models.filter((entry) => entry.modelName === modelName);
}

/** A platform of another app may be imported more than once. */
function isSame(one: ILlmPlatform, other: ILlmPlatform): boolean {
  return (
    one === other ||
    (one.clusterName === other.clusterName && Stack.of(one).environment === Stack.of(other).environment)
  );
}

function pathsOf(bridges: readonly MetricBridge[]): string {
  return bridges.map(({ node }) => node.path).join(', ');
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
