import { type EndpointPickerOptions, ModelRouting } from '../../../constructs/routing';
import { ENDPOINT_PICKER_IMAGE } from '../../../constructs/routing/resolved-routing';
import type { EnvironmentConfig } from '../environment-config';
import { imageSources } from '../image-sources';
import { sizeOf } from '../plain-data';
import type { RoutingConfig } from './routing-config';

/**
 * The routing of a model.
 *
 * @param problems gets what cannot be read
 */
export function routingOf(
  config: RoutingConfig | undefined,
  environment: EnvironmentConfig,
  problems: string[],
): ModelRouting | undefined {
  if (config === undefined) return undefined;
  const { by, ...options } = config;
  const picker = {
    ...options,
    endpointPickerMemory: sizeOf('routing.endpointPickerMemory', options.endpointPickerMemory, problems),
    endpointPickerImage: options.endpointPickerImage ?? imageSources(environment).reference(ENDPOINT_PICKER_IMAGE),
  } as EndpointPickerOptions;
  return by === 'least-busy' ? ModelRouting.leastBusy(picker) : ModelRouting.prefixAware(picker);
}
