import { Duration } from 'aws-cdk-lib';
import { App } from 'cdk8s';
import type { ConfigMap, Container, PodSpec, PodTemplateSpec, Service } from 'kubernetes-types/core/v1';
import type { ObjectMeta } from 'kubernetes-types/meta/v1';
import type { NetworkPolicySpec } from 'kubernetes-types/networking/v1';
import { Accelerator } from '../../../constructs/gpu/accelerator';
import { EngineImage } from '../../../constructs/models/engine-image';
import { type ArgoStrategy } from '../../../constructs/rollout/argo-types';
import { ModelChart } from '../../../constructs/serving/model-chart';
import { type ModelOptions } from '../../../constructs/serving/model-options';
import { resolveModel } from '../../../constructs/serving/resolve-model';
import { VllmEngine } from '../../../constructs/serving/engines/vllm-engine';

/** The part of each kind that tests look into. */
interface Kinds {
  Service: Service;
  ConfigMap: ConfigMap;
  NetworkPolicy: { spec: NetworkPolicySpec };
  PodMonitor: { spec: unknown };
  ScaledObject: { spec: { triggers: { metadata: { serverAddress: string } }[] } };
  Rollout: {
    metadata: ObjectMeta;
    spec: {
      replicas: number;
      progressDeadlineSeconds: number;
      template: PodTemplateSpec & { spec: PodSpec };
      strategy: ArgoStrategy;
    };
  };
}

/** A rendered object of some kind. */
export interface Rendered {
  kind: string;
  metadata: ObjectMeta & { name: string };
}

export const IMAGE = 'vllm/vllm-openai:v0.32.0';

/** Options of a valid model. */
export function modelOptions(overrides: Partial<ModelOptions> = {}): ModelOptions {
  return {
    namespace: 'models',
    modelName: 'chat',
    model: { repository: 'Qwen/Qwen3-8B', revision: 'b968826d9c46dd6066d109eabc6255188de91218' },
    engine: new VllmEngine({ image: EngineImage.fromReference(IMAGE) }),
    replicas: 4,
    accelerator: Accelerator.G6_XLARGE,
    ...overrides,
    // The most replicas are rolled out within the longest deadline.
    timings: overrides.autoscaling ? { expectedStartup: Duration.minutes(1), ...overrides.timings } : overrides.timings,
  };
}

/** What is wrong with a model. */
export function problemsOf(overrides: Partial<ModelOptions> = {}): string[] {
  return resolveModel(modelOptions(overrides)).problems;
}

/** The rendered objects of a model; an error where something is wrong with it. */
export function render(overrides: Partial<ModelOptions> = {}): Rendered[] {
  const { model, problems } = resolveModel(modelOptions(overrides), { bucketName: 'weights', region: 'us-east-1' });
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return new ModelChart(new App(), 'chat', model).toJson() as Rendered[];
}

/** The one object of a kind, by name where there are several. */
export function find<K extends keyof Kinds>(objects: unknown[], kind: K, name?: string): Kinds[K] {
  const found = (objects as Rendered[]).filter(
    (object) => object.kind === kind && (name === undefined || object.metadata.name === name),
  );
  expect(found).toHaveLength(1);
  return found[0] as unknown as Kinds[K];
}

/** The container of a model. */
export function engineOf(objects: unknown[]): Container {
  const { containers } = find(objects, 'Rollout').spec.template.spec;
  expect(containers).toHaveLength(1);
  return containers[0];
}
