import * as cdk8s from 'cdk8s';
import type { Construct } from 'constructs';
import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import { addRole } from '../kubernetes/add-role';
import { OPERATORS_GROUP, VIEWERS_GROUP } from '../cluster/access-groups';
import { AWS_IDENTITY_LABEL, AWS_IDENTITY_MISSING, MODEL_RELEASES_GROUP } from '../kubernetes/contract/names';
import { MODEL_NAMESPACE } from '../models/names';
import { operatorLimits } from './operator-limits';

const READ = ['get', 'list', 'watch'];
const WRITE = [...READ, 'create', 'update', 'patch', 'delete'];

/** What a release of the model tier may do: everything a model consists of, and nothing that widens its own rights. */
const RELEASE_RULES: PolicyRule[] = [
  { apiGroups: [''], resources: ['services', 'configmaps', 'serviceaccounts', 'persistentvolumeclaims'], verbs: WRITE },
  { apiGroups: [''], resources: ['pods', 'events'], verbs: READ },
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: READ },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: READ },
  { apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: WRITE },
  { apiGroups: ['apps'], resources: ['replicasets'], verbs: READ },
  { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], verbs: WRITE },
  { apiGroups: ['argoproj.io'], resources: ['rollouts', 'analysistemplates'], verbs: WRITE },
  // Promotion in full, which takes an earlier revision back without a canary, is written to the status.
  { apiGroups: ['argoproj.io'], resources: ['rollouts/status'], verbs: ['get', 'patch', 'update'] },
  { apiGroups: ['argoproj.io'], resources: ['analysisruns', 'experiments'], verbs: READ },
  // Reading autoscalers tells the handler whose replicas are not its own.
  { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: WRITE },
  { apiGroups: ['keda.sh'], resources: ['scaledobjects'], verbs: WRITE },
  { apiGroups: ['gateway.networking.k8s.io'], resources: ['httproutes'], verbs: WRITE },
  { apiGroups: ['inference.networking.k8s.io'], resources: ['inferencepools'], verbs: WRITE },
  { apiGroups: ['leaderworkerset.x-k8s.io'], resources: ['leaderworkersets'], verbs: WRITE },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: WRITE },
  {
    apiGroups: ['monitoring.coreos.com'],
    resources: ['podmonitors', 'servicemonitors', 'prometheusrules'],
    verbs: WRITE,
  },
  { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies', 'ingresses'], verbs: WRITE },
  { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: WRITE },
];

/** What `rollout … status` reads, and what scales and what groups there are. AmazonEKSViewPolicy holds no custom resources, and AmazonEKSAdminViewPolicy Secrets too. */
const VIEWER_RULES: PolicyRule[] = [
  {
    apiGroups: ['argoproj.io'],
    resources: ['rollouts', 'analysisruns', 'analysistemplates', 'experiments'],
    verbs: READ,
  },
  { apiGroups: ['apps'], resources: ['replicasets'], verbs: READ },
  { apiGroups: [''], resources: ['pods'], verbs: READ },
  { apiGroups: ['keda.sh'], resources: ['scaledobjects'], verbs: READ },
  { apiGroups: ['leaderworkerset.x-k8s.io'], resources: ['leaderworkersets'], verbs: READ },
];

/**
 * What people may do manually: pause, resume, promote and abort; pause scaling, and end a pause that a failed rollback has left. These rights
 * are to whole objects, of which admission lets them change the fields of these verbs.
 */
const OPERATOR_RULES: PolicyRule[] = [
  ...VIEWER_RULES,
  // kubectl reads what it patches, a status too.
  { apiGroups: ['argoproj.io'], resources: ['rollouts/status'], verbs: ['get'] },
  { apiGroups: ['argoproj.io'], resources: ['rollouts', 'rollouts/status'], verbs: ['patch'] },
  { apiGroups: ['keda.sh'], resources: ['scaledobjects'], verbs: ['patch'] },
];

/** Roles in the namespace of models for releases of the model tier, for people and for pipelines, and what admission holds people and pods to. */
export class ModelRbacChart extends cdk8s.Chart {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    allowReleases(this, MODEL_NAMESPACE, 'llm-platform-model-releases');
    [...operatorLimits(), ...awsIdentityPolicy()].forEach(
      (object) => new cdk8s.ApiObject(this, `${object.metadata.name}-${object.kind}`, object),
    );
  }
}

/**
 * Rights in a namespace: of releases of the model tier, of people and of pipelines.
 *
 * @param clusterRole name of the right of releases to see whether the namespace is there: all others go with it
 */
export function allowReleases(chart: cdk8s.Chart, namespace: string, clusterRole: string): void {
  const groups: readonly (readonly [name: string, group: string, rules: PolicyRule[]])[] = [
    ['model-releases', MODEL_RELEASES_GROUP, RELEASE_RULES],
    ['operators', OPERATORS_GROUP, OPERATOR_RULES],
    ['viewers', VIEWERS_GROUP, VIEWER_RULES],
  ];
  for (const [name, group, rules] of groups) addRole(chart, { namespace, name }, rules, { kind: 'Group', name: group });
  addRole(
    chart,
    { name: clusterRole },
    [{ apiGroups: [''], resources: ['namespaces'], resourceNames: [namespace], verbs: ['get'] }],
    { kind: 'Group', name: MODEL_RELEASES_GROUP },
  );
}

/** Variable by which the SDKs find the agent of EKS Pod Identity. */
const CREDENTIALS = 'AWS_CONTAINER_CREDENTIALS_FULL_URI';

/**
 * A policy of admission that keeps out pods which need an IAM role and would never get one. EKS decides that when a pod is made, and knows a
 * new association only seconds after it was made: a pod that came too early would be without credentials for all its life. Refused, it is
 * made again by its workload. Controllers back off exponentially, so that it comes after roughly as long again as it was refused for: 17 to 37 s
 * after a refusal of 45 s.
 */
function awsIdentityPolicy(): {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: object;
}[] {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const metadata = { name: 'llm-platform-aws-identity' };
  return [
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] }],
        },
        matchConditions: [
          {
            name: 'needs-an-identity',
            expression: `has(object.metadata.labels) && '${AWS_IDENTITY_LABEL}' in object.metadata.labels`,
          },
        ],
        validations: [
          {
            expression: `object.spec.containers.all(container, has(container.env) && container.env.exists(variable, variable.name == '${CREDENTIALS}'))`,
            messageExpression:
              `'the pod ${AWS_IDENTITY_MISSING}: EKS Pod Identity knows no association of the service account ' + ` +
              "(has(object.spec.serviceAccountName) ? object.spec.serviceAccountName : 'default')",
          },
        ],
      },
    },
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: metadata.name, validationActions: ['Deny'] },
    },
  ];
}
