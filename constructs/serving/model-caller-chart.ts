import { ApiObject, Chart } from 'cdk8s';
import { type Construct } from 'constructs';
import type { NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicySpec } from 'kubernetes-types/networking/v1';
import { MODEL_LABEL } from '../kubernetes/contract/names';
import { ENGINE_PORT } from '../models/names';
import { type ModelCaller } from './model-options';

/** Properties of `ModelCallerChart`. */
export interface ModelCallerChartProps {
  /** Namespace of the model. */
  readonly namespace: string;
  /** Name of the model. */
  readonly model: string;
  /** Name of the network policy. */
  readonly name: string;
  /** Pods that may call the model. */
  readonly caller: ModelCaller;
}

/** A network policy that lets a caller of a model in, beside those that the model's own lets in: policies add up. */
export class ModelCallerChart extends Chart {
  public constructor(scope: Construct, id: string, { namespace, model, name, caller }: ModelCallerChartProps) {
    super(scope, id, {
      namespace,
      disableResourceNameHashes: true,
      labels: { [MODEL_LABEL]: model, 'app.kubernetes.io/name': model },
    });
    const spec: NetworkPolicySpec = {
      podSelector: { matchLabels: { [MODEL_LABEL]: model } },
      policyTypes: ['Ingress'],
      ingress: callerRules([caller]),
    };
    new ApiObject(this, 'NetworkPolicy', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name },
      spec,
    });
  }
}

/** Rules that let the callers of a model in. A rule from an empty list would let everybody in: without callers there is none. */
export function callerRules(callers: readonly ModelCaller[]): NetworkPolicyIngressRule[] {
  return callers.length === 0 ? [] : [{ ports: [{ port: ENGINE_PORT, protocol: 'TCP' }], from: callers.map(peerOf) }];
}

/** A caller as a peer of a network policy. */
export function peerOf({ namespaceLabels, podLabels }: ModelCaller): NetworkPolicyPeer {
  return {
    ...(namespaceLabels ? { namespaceSelector: { matchLabels: namespaceLabels } } : {}),
    ...(podLabels || !namespaceLabels ? { podSelector: podLabels ? { matchLabels: podLabels } : {} } : {}),
  };
}
