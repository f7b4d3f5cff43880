import { ApiObject, Chart } from 'cdk8s';
import { type Construct } from 'constructs';
import type { NetworkPolicySpec } from 'kubernetes-types/networking/v1';
import { gatewayCallerRules } from './gateway-network-policy';
import { type GatewayCaller } from './gateway-options';
import { GATEWAY_POD_LABELS } from './names';

/** Properties of `GatewayCallerChart`. */
export interface GatewayCallerChartProps {
  /** Namespace of the gateway. */
  readonly namespace: string;
  /** Name of the network policy. */
  readonly name: string;
  /** Who may reach it. */
  readonly caller: GatewayCaller;
}

/** A network policy that lets a caller of a gateway in, beside those that the gateway's own lets in: policies add up. */
export class GatewayCallerChart extends Chart {
  public constructor(scope: Construct, id: string, { namespace, name, caller }: GatewayCallerChartProps) {
    super(scope, id, { namespace, disableResourceNameHashes: true, labels: GATEWAY_POD_LABELS });
    const spec: NetworkPolicySpec = {
      podSelector: { matchLabels: GATEWAY_POD_LABELS },
      policyTypes: ['Ingress'],
      ingress: gatewayCallerRules([caller]),
    };
    new ApiObject(this, 'NetworkPolicy', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name },
      spec,
    });
  }
}
