/** Kinds that belong together. `rollouts` is what every model needs. */
export type CrdSet = 'rollouts' | 'nodes' | 'scaling' | 'gateway' | 'groups' | 'inference' | 'load-balancers';

/** Files of CustomResourceDefinitions in one Go module. */
export interface ModuleSource {
  readonly module: string;
  readonly folder: string;
  readonly files: readonly string[];
}

/** A file whose project publishes no Go module that holds it; it comes from a folder that is named, else from the repository. */
export interface RepositoryFile {
  /** Project and version, in words. */
  readonly project: string;
  /** Address below the server of repositories: `<owner>/<repository>/<tag>/<path>`. */
  readonly path: string;
  readonly sha256: string;
}

/** Where each set comes from. */
export const MODULE_SOURCES: Readonly<Partial<Record<CrdSet, readonly ModuleSource[]>>> = {
  rollouts: [
    {
      module: 'github.com/argoproj/argo-rollouts',
      folder: 'manifests/crds',
      files: [
        'analysis-run-crd.yaml',
        'analysis-template-crd.yaml',
        'cluster-analysis-template-crd.yaml',
        'experiment-crd.yaml',
        'rollout-crd.yaml',
      ],
    },
    {
      module: 'github.com/prometheus-operator/prometheus-operator',
      folder: 'example/prometheus-operator-crd',
      files: [
        'monitoring.coreos.com_podmonitors.yaml',
        'monitoring.coreos.com_prometheusrules.yaml',
        'monitoring.coreos.com_servicemonitors.yaml',
      ],
    },
  ],
  nodes: [
    {
      module: 'github.com/aws/karpenter-provider-aws',
      folder: 'pkg/apis/crds',
      files: [
        'autoscaling.x-k8s.io_capacitybuffers.yaml',
        'karpenter.k8s.aws_ec2nodeclasses.yaml',
        'karpenter.sh_nodeclaims.yaml',
        'karpenter.sh_nodeoverlays.yaml',
        'karpenter.sh_nodepools.yaml',
      ],
    },
  ],
  scaling: [
    {
      module: 'github.com/kedacore/keda/v2',
      folder: 'config/crd/bases',
      files: [
        'eventing.keda.sh_cloudeventsources.yaml',
        'eventing.keda.sh_clustercloudeventsources.yaml',
        'keda.sh_clustertriggerauthentications.yaml',
        'keda.sh_scaledjobs.yaml',
        'keda.sh_scaledobjects.yaml',
        'keda.sh_triggerauthentications.yaml',
      ],
    },
  ],
  gateway: [
    {
      module: 'sigs.k8s.io/gateway-api',
      folder: 'config/crd/standard',
      files: [
        'gateway.networking.k8s.io_gatewayclasses.yaml',
        'gateway.networking.k8s.io_gateways.yaml',
        'gateway.networking.k8s.io_httproutes.yaml',
        'gateway.networking.k8s.io_referencegrants.yaml',
      ],
    },
  ],
  inference: [
    {
      module: 'sigs.k8s.io/gateway-api-inference-extension',
      folder: 'config/crd/bases',
      files: ['inference.networking.k8s.io_inferencepools.yaml'],
    },
  ],
};

/** Sets whose projects have no Go module that can be had. */
export const REPOSITORY_SOURCES: Readonly<Partial<Record<CrdSet, readonly RepositoryFile[]>>> = {
  groups: [
    {
      project: 'LeaderWorkerSet 0.10',
      path: 'kubernetes-sigs/lws/v0.10.0/config/crd/bases/leaderworkerset.x-k8s.io_leaderworkersets.yaml',
      sha256: 'c5dcad8ed943e495490241f00b9a1b45d51203b6d484020db3636d5bf553568e',
    },
  ],
  'load-balancers': [
    {
      project: 'AWS Load Balancer Controller 3.5',
      path: 'kubernetes-sigs/aws-load-balancer-controller/v3.5.0/config/crd/bases/elbv2.k8s.aws_targetgroupbindings.yaml',
      sha256: '0efbdd3d88d29abbdd6feb2c1329dceb5e1b7788644f2d9b0be9158589a98432',
    },
  ],
};
