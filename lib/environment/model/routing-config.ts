import { ModelRouting, type PickerRoutingOptions } from '../../../constructs/routing';
import { PICKER_IMAGE } from '../../../constructs/routing/endpoint-picker';
import type { EnvironmentConfig } from '../environment-config';
import { imageSources } from '../image-sources';

/** How requests find a replica through an endpoint picker. */
export interface RoutingConfig extends PickerRoutingOptions {
  /** `least-busy` looks at queues; `prefix-aware` also at which replica has the beginning of the prompt in its cache. */
  readonly by: 'least-busy' | 'prefix-aware';
}

/** The routing of a model. */
export function routingOf(config: RoutingConfig | undefined, environment: EnvironmentConfig): ModelRouting | undefined {
  if (config === undefined) return undefined;
  const options = { ...config, pickerImage: config.pickerImage ?? imageSources(environment).reference(PICKER_IMAGE) };
  return config.by === 'least-busy' ? ModelRouting.leastBusy(options) : ModelRouting.prefixAware(options);
}
