import { setTimeout } from 'node:timers/promises';
import { Argument, Command } from 'commander';
import { type KubernetesClient } from '../../../kubernetes-client/kubernetes-client';
import { MODEL_NAMESPACE } from '../../../constructs/models/names';
import { environmentNamed } from '../command-line/environment-named';
import { UserError } from '../command-line/user-error';
import type { EnvironmentConfig } from '../../environment/environment-config';
import { type RolloutObject } from './rollout-object';
import { type RolloutView, viewOf } from './rollout-view';
import { statusText } from './status-text';
import { actOf, type Verb, VerbRefused, VERBS } from './verbs';

export interface RolloutCommandOptions {
  readonly environments: readonly EnvironmentConfig[];
  /** Reaches an environment's cluster. */
  connect(environment: EnvironmentConfig, kubeconfig?: string): Promise<KubernetesClient>;
  print(text: string): void;
  /**
   * Time between two looks of `--watch`, milliseconds.
   *
   * @default 2000
   */
  readonly watchIntervalMs?: number;
}

interface Flags {
  readonly full?: boolean;
  readonly kubeconfig?: string;
  readonly watch?: boolean;
}

/** `rollout <environment> <model> <verb>` */
export function rolloutCommand(options: RolloutCommandOptions): Command {
  return new Command('rollout')
    .description('Look at the rollout of a model, or take it in hand.')
    .argument('<environment>', `one of ${options.environments.map(({ name }) => name).join(', ')}`)
    .argument('<model>', 'name of a model of the environment')
    .addArgument(new Argument('<verb>', 'what to do').choices(['status', ...VERBS]))
    .option('--full', 'with promote: skip every step and gate that is left')
    .option('--kubeconfig <file>', 'reach the cluster by this file instead of as the present AWS identity')
    .option('--watch', 'continue printing the state until the rollout has ended')
    .action(async (environmentName: string, model: string, verb: 'status' | Verb, flags: Flags) => {
      const environment = environmentNamed(options.environments, environmentName);
      const models = environment.models.map(({ name }) => name);
      if (!models.includes(model))
        throw new UserError(
          `model: expected ${models.join(', ')}, got ${JSON.stringify(model)}; models of ${environmentName} are in environments/`,
        );
      if (flags.full && verb !== 'promote')
        throw new UserError(`--full: expected with promote, got it with ${verb}; leave it out`);
      const client = await options.connect(environment, flags.kubeconfig);

      if (verb !== 'status')
        options.print(`${model} in ${environmentName} ${await act(client, model, verb, flags.full)}`);
      if (flags.watch) {
        const ended = await watch(client, environmentName, model, options);
        if (verb !== 'abort' && (ended.aborted || ended.phase === 'Degraded')) process.exitCode = 1;
      } else if (verb === 'status') {
        options.print(statusText(environmentName, await viewOf(client, await read(client, model))));
      }
    });
}

async function read(client: KubernetesClient, model: string): Promise<RolloutObject> {
  const found = await client.find({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    namespace: MODEL_NAMESPACE,
    name: model,
  });
  if (!found)
    throw new UserError(
      `Rollout ${MODEL_NAMESPACE}/${model}: expected it in the cluster, found none; deploy the model first`,
    );
  return found as RolloutObject;
}

/** Does it, and returns what to say. */
async function act(client: KubernetesClient, model: string, verb: Verb, full?: boolean): Promise<string> {
  const rollout = await read(client, model);
  const { apiVersion, kind, metadata } = rollout;
  const reference = { apiVersion, kind, name: metadata.name, namespace: metadata.namespace };
  try {
    const { spec, status, exact, message } = actOf(verb, rollout, full);
    if (status) {
      const { resourceVersion } = metadata as { resourceVersion?: string };
      const { name, namespace } = reference;
      await client.merge(
        reference,
        { ...(exact ? { metadata: { name, namespace, resourceVersion } } : {}), status },
        'status',
      );
    }
    if (spec) await client.merge(reference, { spec });
    return message;
  } catch (error) {
    if (error instanceof VerbRefused) throw new UserError(`${model} ${error.message}`);
    if ((error as { code?: number }).code === 409)
      throw new UserError(
        `${model} changed while this was asked for, and nothing was done; look at its status and ask again`,
      );
    throw error;
  }
}

/** Prints the state whenever it has changed, until the rollout has ended. */
async function watch(
  client: KubernetesClient,
  environment: string,
  model: string,
  options: RolloutCommandOptions,
): Promise<RolloutView> {
  let printed = '';
  for (;;) {
    const view = await viewOf(client, await read(client, model));
    const text = statusText(environment, view);
    if (text !== printed) options.print(printed === '' ? text : `\n${text}`);
    printed = text;
    if (hasEnded(view)) return view;
    await setTimeout(options.watchIntervalMs ?? 2000);
  }
}

/** An abort has ended when no request reaches the canary any more. */
function hasEnded({ aborted, promoted, phase, weight }: RolloutView): boolean {
  if (aborted) return (weight.real ?? 0) === 0;
  return phase === 'Degraded' || (promoted && phase === 'Healthy');
}
