import { MODEL_LABEL } from '../../constructs/kubernetes/contract/names';

/** Pods of models are run by the rehearsal's own simulated kubelet: kwok must not touch them. */
const NOT_A_MODEL = { key: `.metadata.labels["${MODEL_LABEL}"]`, operator: 'DoesNotExist' };
const NOT_DELETED = { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' };
const NODE = { apiGroup: 'v1', kind: 'Node' };
const POD = { apiGroup: 'v1', kind: 'Pod' };
const READY = '.status.conditions.[] | select( .type == "Ready" ) | .status';

const NODE_CONDITIONS = `{{ $now := Now }}
{{ $lastTransitionTime := or .metadata.creationTimestamp $now }}
conditions:
{{ range NodeConditions }}
- lastHeartbeatTime: {{ $now | Quote }}
  lastTransitionTime: {{ $lastTransitionTime | Quote }}
  message: {{ .message | Quote }}
  reason: {{ .reason | Quote }}
  status: {{ .status | Quote }}
  type: {{ .type | Quote }}
{{ end }}
`;

const COMPLETED = `  state:
    terminated:
      exitCode: 0
      finishedAt: {{ $now | Quote }}
      reason: Completed
      startedAt: {{ $now | Quote }}
`;

const isTrue = (condition: string): string => `- lastTransitionTime: {{ $now | Quote }}
  status: "True"
  type: ${condition}
`;

/**
 * What kwok does in the rehearsal, as documents of its configuration: it keeps the fake nodes ready, and runs, completes
 * and deletes every pod at once, except those of models.
 *
 * The pod stages do what kwok's fast defaults do; they stand here because only a selector of our own can leave pods out.
 */
export function kwokConfiguration(): object[] {
  return [
    stage('node-initialize', NODE, [{ key: READY, operator: 'NotIn', values: ['True'] }], {
      statusTemplate: `${NODE_CONDITIONS}
addresses:
- address: {{ NodeIP | Quote }}
  type: InternalIP
- address: {{ NodeName | Quote }}
  type: Hostname
nodeInfo:
  architecture: amd64
  bootID: ""
  containerRuntimeVersion: kwok-{{ Version }}
  kernelVersion: kwok-{{ Version }}
  kubeProxyVersion: kwok-{{ Version }}
  kubeletVersion: kwok-{{ Version }}
  machineID: ""
  operatingSystem: linux
  osImage: ""
  systemUUID: ""
phase: Running
`,
    }),
    stage(
      'node-heartbeat',
      NODE,
      [
        { key: '.status.phase', operator: 'In', values: ['Running'] },
        { key: READY, operator: 'In', values: ['True'] },
      ],
      { statusTemplate: NODE_CONDITIONS },
      { durationMilliseconds: 600_000, jitterDurationMilliseconds: 610_000 },
    ),
    stage(
      'pod-ready',
      POD,
      [
        NOT_A_MODEL,
        NOT_DELETED,
        { key: '.status.phase', operator: 'In', values: ['Pending'] },
        { key: READY, operator: 'NotIn', values: ['True'] },
      ],
      {
        statusTemplate: `{{ $now := Now }}
conditions:
${['Initialized', 'Ready', 'ContainersReady'].map(isTrue).join('')}containerStatuses:
{{ range .spec.containers }}
- image: {{ .image | Quote }}
  name: {{ .name | Quote }}
  ready: true
  started: true
  restartCount: 0
  state:
    running:
      startedAt: {{ $now | Quote }}
{{ end }}
initContainerStatuses:
{{ range .spec.initContainers }}
- image: {{ .image | Quote }}
  name: {{ .name | Quote }}
  ready: true
  restartCount: 0
${COMPLETED}{{ end }}
{{ $hostIPs := NodeIPsWith .spec.nodeName }}
{{ with $hostIPs }}
hostIP: {{ index . 0 | Quote }}
{{ end }}
{{ $podIPs := PodIPsWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) }}
{{ with $podIPs }}
podIP: {{ index . 0 | Quote }}
podIPs:
{{ range . }}
- ip: {{ . | Quote }}
{{ end }}
{{ end }}
phase: Running
startTime: {{ $now | Quote }}
`,
      },
    ),
    stage(
      'pod-complete',
      POD,
      [
        NOT_A_MODEL,
        NOT_DELETED,
        { key: '.status.phase', operator: 'In', values: ['Running'] },
        { key: '.metadata.ownerReferences.[].kind', operator: 'In', values: ['Job'] },
      ],
      {
        statusTemplate: `{{ $now := Now }}
{{ $root := . }}
containerStatuses:
{{ range $index, $item := .spec.containers }}
- image: {{ $item.image | Quote }}
  name: {{ $item.name | Quote }}
  ready: false
  restartCount: 0
  started: false
${COMPLETED}{{ end }}
phase: Succeeded
`,
      },
    ),
    stage('pod-delete', POD, [NOT_A_MODEL, { key: '.metadata.deletionTimestamp', operator: 'Exists' }], {
      delete: true,
    }),
  ];
}

function stage(name: string, resourceRef: object, matchExpressions: object[], next: object, delay?: object): object {
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name },
    spec: { resourceRef, selector: { matchExpressions }, ...(delay ? { delay } : {}), next },
  };
}
