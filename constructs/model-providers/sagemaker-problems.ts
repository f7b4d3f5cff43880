import { givenSeconds, secondsOf } from '../checks/durations';
import { isUnresolved } from '../checks/unresolved';
import { type EndpointShift, EndpointShiftKind } from './endpoint-shift';
import { fallbackProblems } from './fallback-chain';
import { bakeSeconds, guardProblems } from './sagemaker-alarms';
import { type SageMakerModelProps } from './sagemaker-model-props';

/** Types of `Accelerator` that hosting does not offer, by the enumeration of instance types in the API of 2026-11 (botocore 1.44.5). */
const NOT_HOSTED = ['g4dn.metal', 'gr6.4xlarge', 'gr6.8xlarge'];

/** Images of instances, by the enumeration of the same API. */
const INFERENCE_AMI = /^(al2|al2023)-ami-sagemaker-inference-(gpu|neuron)-\d+(-\d+)?$/;

/** Longest deployment, seconds; the service's own limit. */
const LONGEST_DEPLOYMENT_SECONDS = 28_800;

/** Time that an instance may take to start where it is not said, seconds. */
export const DEFAULT_STARTUP_SECONDS = 1800;

/** Time that a deployment of an endpoint may take: each fleet or batch starts, and each wait passes; seconds. */
export function deploymentSeconds(shift: EndpointShift, startupSeconds: number): number {
  if (shift.steps === undefined) return LONGEST_DEPLOYMENT_SECONDS;
  const batches = shift.kind === EndpointShiftKind.ROLLING ? shift.steps : 1;
  // Download and start have the same budget each, and instances take minutes to come.
  return Math.max(
    600,
    batches * (2 * startupSeconds + 600) + (shift.steps - 1) * waitSeconds(shift) + (shift.terminationWaitSeconds ?? 0),
  );
}

/** Time between the steps of a deployment, seconds. */
export function waitSeconds({ waitSeconds: given, gates, judgement }: EndpointShift): number {
  return given ?? (gates.length > 0 ? bakeSeconds(judgement) : 0);
}

/** What is wrong with an endpoint, one problem per line; empty when nothing is. */
export function sageMakerProblems(props: SageMakerModelProps, shift: EndpointShift): string[] {
  const {
    accelerator,
    inferenceAmiVersion,
    instances,
    tagOrDigest,
    files,
    networkIsolation,
    startupBudget,
    environment = {},
  } = props;
  const problems = fallbackProblems(props.modelName, props.fallback);
  if (NOT_HOSTED.includes(accelerator.instanceType)) {
    problems.push(
      `accelerator: expected a type that SageMaker hosts models on, got ${accelerator.instanceType}; take another size or family`,
    );
  }
  if (
    inferenceAmiVersion !== undefined &&
    !isUnresolved(inferenceAmiVersion) &&
    !INFERENCE_AMI.test(inferenceAmiVersion)
  ) {
    problems.push(
      `inferenceAmiVersion: expected a name such as al2023-ami-sagemaker-inference-gpu-4-1, got ${JSON.stringify(inferenceAmiVersion)}; take one from SageMaker's list`,
    );
  }
  if (!isUnresolved(instances) && (!Number.isInteger(instances) || instances < 1))
    problems.push(
      `instances: expected a whole number from 1, got ${instances}; an endpoint without instances answers nothing`,
    );
  if (
    !isUnresolved(tagOrDigest) &&
    (!/^(sha256:[0-9a-f]{64}|\w[\w.-]{0,127})$/.test(tagOrDigest) || tagOrDigest === 'latest')
  ) {
    problems.push(
      `tagOrDigest: expected a tag that stays or sha256:<64 hexadecimal digits>, got ${JSON.stringify(tagOrDigest)}; name a version of the image`,
    );
  }
  if (files && !isUnresolved(files.prefix) && !/^[^/].*[^/]$|^[^/]$/.test(files.prefix)) {
    problems.push(
      `files.prefix: expected a folder without slashes around it, got ${JSON.stringify(files.prefix)}; the whole bucket would be the model, or another folder`,
    );
  }
  if (networkIsolation && !files)
    problems.push('networkIsolation: expected files beside it, got none; the container could fetch no weights');
  const startup = startupBudget ? secondsOf(startupBudget) : DEFAULT_STARTUP_SECONDS;
  if (!Number.isInteger(startup) || startup < 60 || startup > 3600)
    problems.push(
      `startupBudget: expected one minute to one hour in whole seconds, got ${givenSeconds(startup)} s; SageMaker waits no longer, bring smaller weights or a larger instance type`,
    );
  const secrets = Object.entries(environment)
    .filter(([, value]) => /\{\{resolve:(secretsmanager|ssm-secure):/.test(value))
    .map(([name]) => name);
  if (secrets.length > 0)
    problems.push(
      `environment: expected no secrets, got them in ${secrets.join(', ')}; let the container read them with its role`,
    );
  problems.push(
    ...shift.problems,
    ...guardProblems({ shift, timeToFirstToken: props.timeToFirstToken, alarms: props.alarms ?? [] }),
  );
  const takes = deploymentSeconds(shift, startup);
  if (problems.length === 0 && takes > LONGEST_DEPLOYMENT_SECONDS) {
    problems.push(
      `rollout: expected at most ${LONGEST_DEPLOYMENT_SECONDS / 3600} hours with the start of each batch, got ${(takes / 3600).toFixed(1)}; take fewer steps or larger batches, or shorten the waits`,
    );
  }
  return problems;
}
