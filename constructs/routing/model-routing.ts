import { type Size } from 'aws-cdk-lib';

/** What a gateway does with a request while no endpoint picker answers. */
export enum EndpointPickerFailureMode {
  /** It sends the request to any replica. */
  FAIL_OPEN = 'FailOpen',
  /** It refuses the request. */
  FAIL_CLOSE = 'FailClose',
}

/** How a gateway reaches the replicas of a model through an endpoint picker. */
export interface EndpointPickerOptions {
  /** Name of the Gateway (gateway.networking.k8s.io) that callers of the model use. It must support InferencePools. */
  readonly gatewayName: string;

  /** Namespace of the Gateway. */
  readonly gatewayNamespace: string;

  /** Host name under which the gateway serves the model. */
  readonly hostname: string;

  /**
   * Namespace of the pods that carry the gateway's traffic, which are let in to the model and its endpoint picker.
   *
   * @default - the namespace of the Gateway
   */
  readonly dataPlaneNamespace?: string;

  /**
   * What the gateway does while no endpoint picker answers. Any replica can answer any request, only later: an outage of
   * the endpoint picker is no reason for one of the model. InferencePool's own default is to refuse.
   *
   * @default EndpointPickerFailureMode.FAIL_OPEN
   */
  readonly failureMode?: EndpointPickerFailureMode;

  /**
   * Endpoint pickers. All of them answer; each learns prefixes from the requests that it sees itself.
   *
   * @default 2
   */
  readonly endpointPickers?: number;

  /**
   * CPUs that an endpoint picker asks for; it may use more. The project's own chart asks for 8, for large pools.
   *
   * @default 1 - an estimate, not measured
   */
  readonly endpointPickerCpus?: number;

  /**
   * Memory of an endpoint picker, whole MiB. Request and limit. The project's own chart asks for 8 GiB and allows 16, for large pools.
   *
   * @default Size.gibibytes(4) - an estimate, not measured
   */
  readonly endpointPickerMemory?: Size;

  /**
   * Image of the endpoint picker. Its configuration is written for llm-d-router 0.9.
   *
   * @default 'ghcr.io/llm-d/llm-d-router-endpoint-picker:v0.9.0'
   */
  readonly endpointPickerImage?: string;
}

/** What an endpoint picker looks at, and how much it counts. */
export interface RoutingScorer {
  /** Type of the plugin of llm-d-router. */
  readonly type: string;
  /** Weight of its score. */
  readonly weight: number;
}

/**
 * How requests find a replica of a model.
 *
 * @example
 * ModelRouting.prefixAware({ gatewayName: 'inference', gatewayNamespace: 'gateways', hostname: 'chat.example.com' });
 */
export class ModelRouting {
  /** One after the other, by the model's Service. Needs no other component. */
  public static roundRobin(): ModelRouting {
    return new ModelRouting();
  }

  /** The replica with the least to do: by its queue, then by the requests that it works on. */
  public static leastBusy(options: EndpointPickerOptions): ModelRouting {
    return new ModelRouting(options, [
      { type: 'queue-scorer', weight: 2 },
      { type: 'running-requests-size-scorer', weight: 1 },
    ]);
  }

  /**
   * The replica that most likely has the beginning of the prompt in its key/value cache, unless it has too much to do or its cache is
   * full. What a replica has in its cache is estimated from the requests that it was sent.
   */
  public static prefixAware(options: EndpointPickerOptions): ModelRouting {
    return new ModelRouting(options, [
      { type: 'prefix-cache-scorer', weight: 3 },
      { type: 'queue-scorer', weight: 2 },
      { type: 'kv-cache-utilization-scorer', weight: 2 },
    ]);
  }

  /** The gateway and its endpoint pickers; undefined where the model's Service does the routing. */
  public readonly endpointPicker?: EndpointPickerOptions;

  /** @internal */
  public readonly _scorers: readonly RoutingScorer[];

  private constructor(endpointPicker?: EndpointPickerOptions, scorers: readonly RoutingScorer[] = []) {
    this.endpointPicker = endpointPicker;
    this._scorers = scorers;
  }
}
