import { ModelRouting } from '../../../constructs/routing';
import { PICKER_IMAGE } from '../../../constructs/routing/endpoint-picker';
import type { EnvironmentConfig } from '../environment-config';
import { imageSources } from '../image-sources';
import type { RoutingConfig } from './routing-config';

/** The routing of a model. */
export function routingOf(config: RoutingConfig | undefined, environment: EnvironmentConfig): ModelRouting | undefined {
  if (config === undefined) return undefined;
  const options = { ...config, pickerImage: config.pickerImage ?? imageSources(environment).reference(PICKER_IMAGE) };
  return config.by === 'least-busy' ? ModelRouting.leastBusy(options) : ModelRouting.prefixAware(options);
}
