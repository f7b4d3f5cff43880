/** Names and limits that charts, handler, policies and tools agree on. */

/** Longest that a deployment may take, seconds: CloudFormation allows a custom resource an hour, and the handler needs time to say why. */
export const MAX_DEADLINE_SECONDS = 55 * 60;

/** Label of everything that belongs to a model; its value is the model's name. */
export const MODEL_LABEL = 'llm-platform.dev/model';

/** Label of a model's revision, on its Rollout and its pods. */
export const REVISION_LABEL = 'llm-platform.dev/revision';

/** Annotation of every applied object: the release that applied it last, as `<namespace>/<name>`. */
export const RELEASE_ANNOTATION = 'llm-platform.dev/release';

/** Annotation of every applied workload: digest of the pod template that was applied last. */
export const TEMPLATE_ANNOTATION = 'llm-platform.dev/pod-template';

/** Annotation of ConfigMaps that are immutable and named by their content. */
export const CONTENT_NAMED_ANNOTATION = 'llm-platform.dev/content-named';

/** Label that Argo Rollouts puts on pods and ReplicaSets, and into the selectors of the Services it manages. */
export const POD_TEMPLATE_HASH_LABEL = 'rollouts-pod-template-hash';

/** Label of pods that act as an IAM role, by EKS Pod Identity: they are not admitted without its credentials. Its value is `required`. */
export const AWS_IDENTITY_LABEL = 'llm-platform.dev/aws-identity';

/** What the refusal of such a pod says; its workload asks again. */
export const AWS_IDENTITY_MISSING = 'has no AWS identity yet';

/** Kubernetes group of the model tier. */
export const MODEL_RELEASES_GROUP = 'llm-platform:model-releases';

/** Server-side apply field manager of the release handler. */
export const FIELD_MANAGER = 'cdk-llm-platform';

/** Annotation by which KEDA is told to pause an autoscaler. */
export const KEDA_PAUSED_ANNOTATION = 'autoscaling.keda.sh/paused';

/** Annotation by which KEDA is told to pause an autoscaler, and how many replicas there are to be meanwhile. */
export const KEDA_PAUSED_REPLICAS_ANNOTATION = 'autoscaling.keda.sh/paused-replicas';

/** Annotation of an autoscaler that a release has paused: the request that did, of CloudFormation. */
export const SCALING_PAUSED_BY_ANNOTATION = 'llm-platform.dev/scaling-paused-by';

/** Annotation of an autoscaler that a release has paused: until when at most, RFC 3339. */
export const SCALING_PAUSED_UNTIL_ANNOTATION = 'llm-platform.dev/scaling-paused-until';

/** Everything on an autoscaler that says that it is paused, and by whom. */
export const SCALING_PAUSE_ANNOTATIONS = [
  KEDA_PAUSED_ANNOTATION,
  KEDA_PAUSED_REPLICAS_ANNOTATION,
  SCALING_PAUSED_BY_ANNOTATION,
  SCALING_PAUSED_UNTIL_ANNOTATION,
];

/** Annotation of a Rollout: index of the Argo step at which the first step of its canary has passed, its hold and its verdict included. */
export const FIRST_STEP_ANNOTATION = 'llm-platform.dev/first-step-ends-at';

/** Label of the ConfigMaps that hold inventories of releases: the name of the release. */
export const INVENTORY_LABEL = 'llm-platform.dev/inventory-of';

/** Attribute of a release's custom resource that says what the gates of its rollouts have judged. */
export const JUDGEMENT_ATTRIBUTE = 'Judgement';
