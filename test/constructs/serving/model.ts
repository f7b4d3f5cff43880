import { App } from 'cdk8s';
import { EngineImage } from '../../../constructs/models/engine-image';
import { ModelChart } from '../../../constructs/serving/model-chart';
import { type ModelChartProps } from '../../../constructs/serving/model-chart-props';
import { VllmEngine } from '../../../constructs/serving/vllm-engine';

/** A Kubernetes object as rendered; tests look into it by path. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Rendered = any;

export const IMAGE = 'vllm/vllm-openai:v0.18.1';

/** Props of a valid model. */
export function modelProps(overrides: Partial<ModelChartProps> = {}): ModelChartProps {
  return {
    namespace: 'models',
    model: 'chat',
    repository: 'Qwen/Qwen3-8B',
    revision: 'b968826d9c46dd6066d109eabc6255188de91218',
    engine: new VllmEngine({ image: EngineImage.fromReference(IMAGE) }),
    replicas: 4,
    gpus: 1,
    accelerator: 'g6.xlarge',
    cpus: 3,
    memoryMib: 11264,
    ...overrides,
  };
}

/** The rendered objects of a model. */
export function render(overrides: Partial<ModelChartProps> = {}): Rendered[] {
  return new ModelChart(new App(), 'chat', modelProps(overrides)).toJson();
}

/** The one object of a kind, by name where there are several. */
export function find(objects: Rendered[], kind: string, name?: string): Rendered {
  const found = objects.filter((object) => object.kind === kind && (name === undefined || object.metadata.name === name));
  expect(found).toHaveLength(1);
  return found[0];
}
