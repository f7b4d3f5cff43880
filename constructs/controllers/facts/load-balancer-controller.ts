import { RESTRICTED_CONTAINER } from '../../policy/restricted-pod';
import type { ControllerFacts } from '../controller-facts';
import { LOAD_BALANCER_ACCOUNT, LOAD_BALANCER_NAMESPACE } from '../names';
import { NON_ROOT } from './values';

/** What the AWS Load Balancer Controller has to be told: pods cannot ask the instance that they run on. */
export interface LoadBalancerControllerSettings {
  /** Name of the cluster. */
  readonly clusterName: string;
  /** Region of the cluster. */
  readonly region: string;
  /** Id of the VPC of the cluster. */
  readonly vpcId: string;
}

/** The project's repository at the version of the controller. */
const SOURCE = 'https://raw.githubusercontent.com/kubernetes-sigs/aws-load-balancer-controller/v3.5.0';

/** The chart's own files of CRDs, and what is in them. */
const CRDS: readonly [file: string, group: string, plural: string, kind: string][] = [
  ['crds', 'elbv2.k8s.aws', 'albtargetcontrolconfigs', 'ALBTargetControlConfig'],
  ['crds', 'elbv2.k8s.aws', 'ingressclassparams', 'IngressClassParams'],
  ['crds', 'elbv2.k8s.aws', 'targetgroupbindings', 'TargetGroupBinding'],
  ['crds', 'aga.k8s.aws', 'globalaccelerators', 'GlobalAccelerator'],
  ['gateway-crds', 'gateway.k8s.aws', 'listenerruleconfigurations', 'ListenerRuleConfiguration'],
  ['gateway-crds', 'gateway.k8s.aws', 'loadbalancerconfigurations', 'LoadBalancerConfiguration'],
  ['gateway-crds', 'gateway.k8s.aws', 'targetgroupconfigurations', 'TargetGroupConfiguration'],
];

/** It binds pods to target groups. Everything by which it would make load balancers, and security groups, is off. */
export function loadBalancerController({
  clusterName,
  region,
  vpcId,
}: LoadBalancerControllerSettings): ControllerFacts {
  return {
    name: 'aws-load-balancer-controller',
    namespace: LOAD_BALANCER_NAMESPACE,
    chart: 'aws-load-balancer-controller',
    repository: 'https://aws.github.io/eks-charts',
    version: '3.5.0',
    values: {
      clusterName,
      region,
      vpcId,
      serviceAccount: { name: LOAD_BALANCER_ACCOUNT },
      podSecurityContext: { fsGroup: 65534, ...NON_ROOT },
      securityContext: { ...RESTRICTED_CONTAINER, ...NON_ROOT },
      replicaCount: 2,
      podDisruptionBudget: { maxUnavailable: 1 },
      resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
      serviceMonitor: { enabled: true },
      // A new certificate with every upgrade would leave the API server with the old one until all pods are new.
      keepTLSSecret: true,
      defaultTargetType: 'ip',
      createIngressClassResource: false,
      ingressClassParams: { create: false },
      webhookConfig: { disableIngressValidation: true },
      enableServiceMutatorWebhook: false,
      enableBackendSecurityGroup: false,
      enableShield: false,
      enableWaf: false,
      enableWafv2: false,
      controllerConfig: {
        featureGates: {
          ALBGatewayAPI: false,
          NLBGatewayAPI: false,
          EnableServiceController: false,
          GlobalAcceleratorController: false,
        },
      },
    },
    images: [{ reference: 'public.ecr.aws/eks/aws-load-balancer-controller:v3.5.0', values: 'image' }],
    crds: CRDS.map(([file, group, plural]) => ({
      name: `${plural}.${group}`,
      url: `${SOURCE}/helm/aws-load-balancer-controller/crds/${file}.yaml`,
    })),
    provides: { kinds: CRDS.map(([, group, , kind]) => `${group}/${kind}`) },
  };
}
