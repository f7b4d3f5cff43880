import { ModelRouting } from '../../../constructs/routing';
import { ENDPOINT_PICKER_IMAGE } from '../../../constructs/routing/endpoint-picker';
import type { EnvironmentConfig } from '../environment-config';
import { imageSources } from '../image-sources';
import type { RoutingConfig } from './routing-config';

/** The routing of a model. */
export function routingOf(config: RoutingConfig | undefined, environment: EnvironmentConfig): ModelRouting | undefined {
  if (config === undefined) return undefined;
  const options = {
    ...config,
    endpointPickerImage: config.endpointPickerImage ?? imageSources(environment).reference(ENDPOINT_PICKER_IMAGE),
  };
  return config.by === 'least-busy' ? ModelRouting.leastBusy(options) : ModelRouting.prefixAware(options);
}
