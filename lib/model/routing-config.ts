import { ModelRouting, type PickerRoutingOptions } from '../../constructs/routing';

/** How requests find a replica through an endpoint picker. */
export interface RoutingConfig extends PickerRoutingOptions {
  /** `least-busy` looks at queues; `prefix-aware` also at which replica has the beginning of the prompt in its cache. */
  readonly by: 'least-busy' | 'prefix-aware';
}

/** The routing of a model. */
export function routingOf(config?: RoutingConfig): ModelRouting | undefined {
  if (config === undefined) return undefined;
  return config.by === 'least-busy' ? ModelRouting.leastBusy(config) : ModelRouting.prefixAware(config);
}
