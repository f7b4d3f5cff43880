import type {
  NetworkPolicyEgressRule,
  NetworkPolicyIngressRule,
  NetworkPolicyPeer,
  NetworkPolicySpec,
} from 'kubernetes-types/networking/v1';
import { isUnresolved } from '../checks/unresolved';
import { MODEL_LABEL } from '../kubernetes/contract/names';
import { MONITORING_NAMESPACE, PROMETHEUS_POD_LABELS } from '../controllers/names';
import { type EgressDestination, EgressReach } from '../model-providers/model-endpoint';
import { MODEL_NAMESPACE } from '../models/names';
import { INTERNET, POD_IDENTITY_AGENT, PRIVATE_RANGES } from '../network/private-ranges';
import { peerOf } from '../serving/model-caller-chart';
import { type GatewayCaller } from './gateway-options';
import { GATEWAY_POD_LABELS, GATEWAY_PORT, MANAGEMENT_PORT } from './names';
import { type ResolvedGateway, type ResolvedRedis } from './resolved-gateway';

/** Addresses that are no destination of anybody: instance metadata, and the agents of a node. */
const LINK_LOCAL = '169.254.0.0/16';

/** The flows of a gateway; what is not among them is refused, in both directions. */
export function gatewayNetworkPolicy(gateway: ResolvedGateway): NetworkPolicySpec {
  return {
    podSelector: { matchLabels: GATEWAY_POD_LABELS },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      ...gatewayCallerRules(gateway.callers),
      {
        ports: [tcp(MANAGEMENT_PORT)],
        from: [{ ...namespaceOf(MONITORING_NAMESPACE), podSelector: { matchLabels: PROMETHEUS_POD_LABELS } }],
      },
    ],
    egress: [
      {
        ports: [{ port: 53, protocol: 'UDP' }, tcp(53)],
        to: [{ ...namespaceOf('kube-system'), podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }],
      },
      ...clusterRules(gateway.egress),
      redisRule(gateway.redis),
      ...internetRules(gateway.egress),
      ...awsRules(gateway),
    ],
  };
}

/** Rules that let callers in. A rule from an empty list would let everybody in: without callers there is none. */
export function gatewayCallerRules(callers: readonly GatewayCaller[]): NetworkPolicyIngressRule[] {
  const rule = (port: number, some: readonly GatewayCaller[]) =>
    some.length === 0 ? [] : [{ ports: [tcp(port)], from: some.flatMap(peersOf) }];
  return [
    ...rule(GATEWAY_PORT, callers),
    ...rule(
      MANAGEMENT_PORT,
      callers.filter(({ healthChecks }) => healthChecks),
    ),
  ];
}

function peersOf({ ipv4Ranges, ...labels }: GatewayCaller): NetworkPolicyPeer[] {
  return ipv4Ranges ? ranges(ipv4Ranges) : [peerOf(labels)];
}

/** Models of the platform by their label, other Services by their namespace. Those on the pod's own loopback need no rule. */
function clusterRules(egress: readonly EgressDestination[]): NetworkPolicyEgressRule[] {
  return egress
    .filter(({ reach }) => reach === EgressReach.CLUSTER)
    .flatMap(({ host, port }) => {
      const { service, namespace } = serviceOf(host) ?? {};
      if (service === undefined || namespace === undefined) return [];
      const pods =
        namespace === MODEL_NAMESPACE ? { podSelector: { matchLabels: { [MODEL_LABEL]: service } } } : undefined;
      return [{ ports: [tcp(port)], to: [{ ...namespaceOf(namespace), ...pods }] }];
    });
}

function redisRule({ host, port, ipv4Ranges }: ResolvedRedis): NetworkPolicyEgressRule {
  const { namespace } = serviceOf(host) ?? {};
  return {
    ports: [tcp(port)],
    to: namespace === undefined || ipv4Ranges ? ranges(ipv4Ranges ?? PRIVATE_RANGES) : [namespaceOf(namespace)],
  };
}

/** NetworkPolicy knows no names of hosts: a provider on the internet opens its port to the internet, and to no private range. */
function internetRules(egress: readonly EgressDestination[]): NetworkPolicyEgressRule[] {
  const ports = portsOf(egress, EgressReach.INTERNET);
  return ports.length === 0 ? [] : [{ ports: ports.map(tcp), to: [INTERNET] }];
}

/** AWS answers on the internet, or by interface endpoints in private ranges. */
function awsRules({ egress, awsIdentity }: ResolvedGateway): NetworkPolicyEgressRule[] {
  const ports = portsOf(egress, EgressReach.AWS);
  return [
    ...(ports.length === 0
      ? []
      : [{ ports: ports.map(tcp), to: [{ ipBlock: { cidr: '0.0.0.0/0', except: [LINK_LOCAL] } }] }]),
    ...(awsIdentity ? [{ ports: [tcp(80)], to: [{ ipBlock: { cidr: POD_IDENTITY_AGENT } }] }] : []),
  ];
}

function portsOf(egress: readonly EgressDestination[], where: EgressReach): number[] {
  return [...new Set(egress.filter(({ reach }) => reach === where).map(({ port }) => port))];
}

/** Service and namespace of `<service>.<namespace>.svc`, and of the longer form. */
function serviceOf(host: string): { readonly service: string; readonly namespace: string } | undefined {
  const [, service, namespace] = (!isUnresolved(host) && /^([^.]+)\.([^.]+)\.svc(\.|$)/.exec(host)) || [];
  return service === undefined ? undefined : { service, namespace };
}

function namespaceOf(name: string): NetworkPolicyPeer {
  return { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } };
}

function ranges(cidrs: readonly string[]): NetworkPolicyPeer[] {
  return cidrs.map((cidr) => ({ ipBlock: { cidr } }));
}

function tcp(port: number): { port: number; protocol: string } {
  return { port, protocol: 'TCP' };
}
