import { OPERATORS_GROUP } from '../cluster/access-groups';
import { KEDA_PAUSED_ANNOTATION, SCALING_PAUSE_ANNOTATIONS } from '../kubernetes/contract/names';

/** What one kind lets its operators change. Expressions are in CEL, over lists of the keys that a request changes. */
interface Limit {
  /** Name of the policy. */
  readonly name: string;
  readonly apiGroup: string;
  readonly apiVersion: string;
  readonly resources: readonly string[];
  /** What they may do, for the message of a refusal. */
  readonly may: string;
  /** Maps whose changed keys count, by the name of the variable that lists them. */
  readonly maps: Readonly<Record<string, string>>;
  /** Everything that is changed and must not be, as a list of paths. */
  readonly refused: string;
  /** Keys that they may change, by the path of their map. */
  readonly changeable: Readonly<Record<string, readonly string[]>>;
  /** Values that a change may have, and what to say of others. */
  readonly values: readonly { readonly expression: string; readonly message: string }[];
}

/** Fields of the metadata that the server itself changes with every request. */
const BOOKKEEPING = ['managedFields', 'resourceVersion', 'generation'];

const ROLLOUT_STATUS = ['abort', 'promoteFull', 'pauseConditions', 'controllerPause', 'currentStepIndex'];

const LIMITS: readonly Limit[] = [
  {
    name: 'llm-platform-operators-rollouts',
    apiGroup: 'argoproj.io',
    apiVersion: 'v1alpha1',
    resources: ['rollouts', 'rollouts/status'],
    may: 'pause, resume, promote and abort a rollout',
    maps: { metadata: 'metadata', spec: 'spec', status: 'status' },
    refused: [paths('metadata', BOOKKEEPING), paths('spec', ['paused']), paths('status', ROLLOUT_STATUS)].join(' + '),
    changeable: { spec: ['paused'], status: ROLLOUT_STATUS },
    values: [
      {
        expression: unless(
          'status',
          'currentStepIndex',
          'has(object.status.currentStepIndex) && object.status.currentStepIndex == (has(oldObject.status.currentStepIndex) ? oldObject.status.currentStepIndex : 0) + 1',
        ),
        message:
          'operators may promote past one step at a time: status.currentStepIndex may only grow by 1; npm run rollout -- <environment> <model> promote --full skips all that are left',
      },
      {
        expression: unless('status', 'pauseConditions', '!has(object.status.pauseConditions)'),
        message:
          'operators may end a hold, not make one: status.pauseConditions may only be removed; set spec.paused to pause',
      },
      {
        expression: unless(
          'status',
          'controllerPause',
          '!has(object.status.controllerPause) || !object.status.controllerPause',
        ),
        message: 'operators may end a hold, not make one: status.controllerPause may only be false',
      },
    ],
  },
  {
    name: 'llm-platform-operators-scaling',
    apiGroup: 'keda.sh',
    apiVersion: 'v1alpha1',
    resources: ['scaledobjects', 'scaledobjects/status'],
    may: 'pause scaling and end a pause',
    maps: { metadata: 'metadata', annotations: 'metadata.annotations', spec: 'spec', status: 'status' },
    refused: [
      paths('metadata', [...BOOKKEEPING, 'annotations']),
      paths('annotations', SCALING_PAUSE_ANNOTATIONS, 'metadata.annotations'),
      paths('spec', []),
      paths('status', []),
    ].join(' + '),
    changeable: { 'metadata.annotations': SCALING_PAUSE_ANNOTATIONS },
    values: [
      {
        // A number of replicas is no pause, and the marks of a release are its own.
        expression: `variables.annotations.all(key, key == '${KEDA_PAUSED_ANNOTATION}' || !(has(object.metadata.annotations) && key in object.metadata.annotations))`,
        message: `operators may set ${KEDA_PAUSED_ANNOTATION} on a scaled object; other annotations of a pause may only be removed`,
      },
    ],
  },
];

/** Policies of admission that hold members of the operators' group to what RBAC cannot say: it knows no fields. */
export function operatorLimits(): {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: object;
}[] {
  return LIMITS.flatMap((limit) => [
    { ...head('ValidatingAdmissionPolicy', limit.name), spec: policyOf(limit) },
    {
      ...head('ValidatingAdmissionPolicyBinding', limit.name),
      spec: { policyName: limit.name, validationActions: ['Deny'] },
    },
  ]);
}

function head(kind: string, name: string) {
  return { apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata: { name } };
}

function policyOf({ apiGroup, apiVersion, resources, may, maps, refused, changeable, values }: Limit): object {
  const refusal = (text: string) =>
    `'operators may ${may}, and nothing else: this changes ' + ${text} + '; deploy a release for it'`;
  return {
    failurePolicy: 'Fail',
    matchConstraints: {
      resourceRules: [{ apiGroups: [apiGroup], apiVersions: [apiVersion], resources, operations: ['UPDATE'] }],
    },
    matchConditions: [
      {
        name: 'operators',
        expression: `has(request.userInfo.groups) && '${OPERATORS_GROUP}' in request.userInfo.groups`,
      },
    ],
    variables: [
      ...Object.entries(maps).map(([name, path]) => ({ name, expression: changedKeys(path) })),
      { name: 'refused', expression: refused },
      { name: 'owners', expression: ownersOf('object') },
      { name: 'ownersBefore', expression: ownersOf('oldObject') },
    ],
    validations: [
      {
        expression: 'size(variables.refused) == 0',
        reason: 'Forbidden',
        messageExpression: refusal("variables.refused.join(', ')"),
      },
      {
        expression: keepsOwners(changeable),
        reason: 'Forbidden',
        message:
          'operators may not change who owns fields: metadata.managedFields may only change by what they set; patch, and do not apply',
      },
      ...values.map((value) => ({ ...value, reason: 'Forbidden' })),
    ],
  };
}

/** Keys of a map of the object that are not what they were. */
function changedKeys(path: string): string {
  const at = (object: string) => `(has(${object}.${path}) ? ${object}.${path} : {})`;
  const [now, before] = [at('object'), at('oldObject')];
  return `${now}.filter(key, !(key in ${before}) || ${now}[key] != ${before}[key]) + ${before}.filter(key, !(key in ${now}))`;
}

/** The changed keys of a map, but for some, as paths. */
function paths(variable: string, but: readonly string[], path = variable): string {
  return `variables.${variable}.filter(key, !(key in [${but.map((key) => `'${key}'`).join(', ')}])).map(key, '${path}.' + key)`;
}

function unless(variable: string, key: string, expression: string): string {
  return `!('${key}' in variables.${variable}) || (${expression})`;
}

function ownersOf(object: string): string {
  return `has(${object}.metadata.managedFields) ? ${object}.metadata.managedFields : []`;
}

/**
 * Nobody gains or loses fields but those that may be changed. What a release applied without being known as its owner, or with another owner
 * beside it, it could not remove any more.
 */
function keepsOwners(changeable: Readonly<Record<string, readonly string[]>>): string {
  const fields: Keys = {};
  for (const [path, keys] of Object.entries(changeable)) {
    const node = path.split('.').reduce<Keys>((parent, key) => (parent[`f:${key}`] ??= {}) as Keys, fields);
    // The map itself is its first owner's.
    Object.assign(node, Object.fromEntries(['.', ...keys.map((key) => `f:${key}`)].map((key) => [key, 'any'])));
  }
  const setsOnly = sameBut("now[?'fieldsV1']", 'optional.of({})', fields);
  // The server dates an entry of an updater anew with each of its changes.
  const same = `${sameBut('optional.of(now)', 'optional.of(before)', { fieldsV1: fields, time: 'any' })} && (now.operation == 'Update' || now[?'time'] == before[?'time'])`;
  return (
    `variables.ownersBefore.filter(before, before.operation == 'Apply').all(before, variables.owners.exists(now, ${same}))` +
    ` && variables.owners.all(now, variables.ownersBefore.exists(before, ${same}) || (now.operation == 'Update' && ${setsOnly}))`
  );
}

/** Keys of a map that may differ, and those of maps below it. */
interface Keys {
  [key: string]: Keys | 'any';
}

/** Whether two optional maps hold the same, but for some keys. */
function sameBut(now: string, before: string, but: Keys): string {
  const [one, other] = [`${now}.orValue({})`, `${before}.orValue({})`];
  const keys = `[${Object.keys(but)
    .map((key) => `'${key}'`)
    .join(', ')}]`;
  const below = Object.entries(but).filter((entry): entry is [string, Keys] => entry[1] !== 'any');
  return [
    `${one}.all(key, key in ${keys} || (key in ${other} && ${one}[key] == ${other}[key]))`,
    `${other}.all(key, key in ${keys} || key in ${one})`,
    ...below.map(([key, keysBelow]) => sameBut(`${now}[?'${key}']`, `${before}[?'${key}']`, keysBelow)),
  ].join(' && ');
}
