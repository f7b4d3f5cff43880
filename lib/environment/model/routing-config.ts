import type { EndpointPickerOptions } from '../../../constructs/routing';
import type { PlainData } from '../plain-data';

/** How requests find a replica through an endpoint picker. */
export interface RoutingConfig extends PlainData<EndpointPickerOptions> {
  /** `least-busy` looks at queues; `prefix-aware` also at which replica has the beginning of the prompt in its cache. */
  readonly by: 'least-busy' | 'prefix-aware';
}
