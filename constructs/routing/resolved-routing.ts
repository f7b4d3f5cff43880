import { mebibytes } from '../checks/sizes';
import {
  EndpointPickerFailureMode,
  type EndpointPickerOptions,
  type ModelRouting,
  type RoutingScorer,
} from './model-routing';

/** Image of the endpoint picker that its flags and configuration are written for. */
export const ENDPOINT_PICKER_IMAGE = 'ghcr.io/llm-d/llm-d-router-endpoint-picker:v0.9.0';

/** Options of endpoint pickers with every default, their memory in MiB. */
export type ResolvedEndpointPicker = Required<Omit<EndpointPickerOptions, 'endpointPickerMemory'>> & {
  readonly endpointPickerMemoryMib: number;
  readonly scorers: readonly RoutingScorer[];
};

/** Resolves how requests find a replica; undefined where the model's Service does the routing. What cannot be stays, for `routingProblems`. */
export function resolveRouting({
  endpointPicker,
  _scorers: scorers,
}: ModelRouting): ResolvedEndpointPicker | undefined {
  if (!endpointPicker) return undefined;
  const { gatewayName, gatewayNamespace, hostname, endpointPickerMemory: memory } = endpointPicker;
  return {
    gatewayName,
    gatewayNamespace,
    hostname,
    dataPlaneNamespace: endpointPicker.dataPlaneNamespace ?? gatewayNamespace,
    failureMode: endpointPicker.failureMode ?? EndpointPickerFailureMode.FAIL_OPEN,
    endpointPickers: endpointPicker.endpointPickers ?? 2,
    endpointPickerCpus: endpointPicker.endpointPickerCpus ?? 1,
    endpointPickerMemoryMib: memory ? mebibytes(memory) : 4096,
    endpointPickerImage: endpointPicker.endpointPickerImage ?? ENDPOINT_PICKER_IMAGE,
    scorers,
  };
}
