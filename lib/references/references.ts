import { ACCELERATOR_LABEL } from '../../constructs/nodes/node-names';

/** Kinds of things that an object refers to, and what to do about one that nobody provides. */
export const ADVICE = {
  CRD: 'add its controller to the catalog, or to provides.kinds of the existing cluster',
  namespace: 'add it to the namespaces of the Platform stack, or to provides.namespaces of the existing cluster',
  'storage class': 'name one that the Platform stack makes, such as gp3',
  accelerator: 'let a model use the instance type, so that it gets a node group, or add it to provides.accelerators',
  'service account': 'add the ServiceAccount to the release',
  ConfigMap: 'add the ConfigMap to the release, or mark the reference optional',
  PersistentVolumeClaim: 'have the cluster make it, such as compileCache of the nodes does',
  Secret:
    'have the cluster make it (External Secrets) and name it in `secrets` of the environment, or mark the reference optional',
  Service: 'add the Service to the release',
  AnalysisTemplate: 'add the AnalysisTemplate to the release',
  endpoint: 'name a Service of an earlier stack, or add the address to provides.endpoints of the existing cluster',
};
export type ReferenceKind = keyof typeof ADVICE;

/** One thing that an object needs or provides. */
export interface Reference {
  readonly kind: ReferenceKind;
  /** Name; with the namespace in front where things of this kind have one, as `<namespace>/<name>`. */
  readonly name: string;
}

type Node = Readonly<Record<string, unknown>>;

/** Groups that every API server serves; a group without a dot is one of them as well. */
const BUILT_IN_GROUP = /(^[^.]*$|\.k8s\.io$)/;

/** Groups under `k8s.io` that come as custom resources all the same. */
const CUSTOM_GROUPS =
  /(gateway\.networking|inference\.networking|snapshot\.storage|leaderworkerset\.x|metrics)\.k8s\.io$|x-k8s\.io$/;

/** What an object provides to those after it. */
export function provisionsOf(object: Node): Reference[] {
  const { name, namespace } = metadataOf(object);
  const inNamespace = `${namespace}/${name}`;
  switch (object.kind) {
    case 'CustomResourceDefinition': {
      const spec = object.spec as { group: string; names: { kind: string } };
      return [{ kind: 'CRD', name: `${spec.group}/${spec.names.kind}` }];
    }
    case 'ExternalSecret': {
      const { target } = object.spec as { target?: { name?: string } };
      return [{ kind: 'Secret', name: `${namespace}/${target?.name ?? name}` }];
    }
    case 'Namespace':
      return [{ kind: 'namespace', name }];
    case 'StorageClass':
      return [{ kind: 'storage class', name }];
    case 'ServiceAccount':
      return [{ kind: 'service account', name: inNamespace }];
    case 'ConfigMap':
    case 'PersistentVolumeClaim':
    case 'Secret':
    case 'Service':
    case 'AnalysisTemplate':
      return [{ kind: object.kind, name: inNamespace }];
    default:
      return [];
  }
}

/** What an object needs others to provide. Values that are known only at deploy time are left out. */
export function referencesOf(object: Node): Reference[] {
  const { namespace } = metadataOf(object);
  const references: Reference[] = [];
  const group = String(object.apiVersion).split('/').slice(0, -1).join('/');
  if (!BUILT_IN_GROUP.test(group) || CUSTOM_GROUPS.test(group)) {
    references.push({ kind: 'CRD', name: `${group}/${String(object.kind)}` });
  }
  if (namespace) references.push({ kind: 'namespace', name: namespace });
  walk(object.spec, (node) => references.push(...referencesIn(node, namespace)));
  const known = new Map(references.map((reference) => [`${reference.kind}:${reference.name}`, reference]));
  return [...known.values()];
}

function referencesIn(node: Node, namespace: string): Reference[] {
  const found: Reference[] = [];
  const global = (kind: ReferenceKind, name: unknown) => {
    if (typeof name === 'string') found.push({ kind, name });
  };
  const local = (kind: ReferenceKind, name: unknown) => {
    if (typeof name === 'string') found.push({ kind, name: `${namespace}/${name}` });
  };
  if (Array.isArray(node.containers) && node.serviceAccountName !== 'default')
    local('service account', node.serviceAccountName);
  global('accelerator', (node.nodeSelector as Node | undefined)?.[ACCELERATOR_LABEL]);
  if (node.storageClassName !== '') global('storage class', node.storageClassName);
  for (const [key, value] of Object.entries(node)) {
    if (typeof value !== 'object' || value === null || (value as Node).optional === true) continue;
    const child = value as Node;
    if (/^configMap(Ref|KeyRef)?$/.test(key)) local('ConfigMap', child.name);
    if (key === 'persistentVolumeClaim') local('PersistentVolumeClaim', child.claimName);
    if (/^secret(Ref|KeyRef)?$/.test(key)) local('Secret', child.secretName ?? child.name);
    // A TargetGroupBinding.
    if (key === 'serviceRef') local('Service', child.name);
    if (key === 'prometheus') global('endpoint', child.address);
    // A trigger of KEDA.
    if (key === 'metadata') global('endpoint', child.serverAddress);
    if (key === 'imagePullSecrets' && Array.isArray(value))
      value.forEach((secret: Node) => local('Secret', secret.name));
    if (key === 'templates' && Array.isArray(value)) {
      value
        .filter((template: Node) => !template.clusterScope)
        .forEach((template: Node) => local('AnalysisTemplate', template.templateName));
    }
  }
  for (const key of ['stableService', 'canaryService', 'activeService', 'previewService']) local('Service', node[key]);
  return found;
}

function metadataOf(object: Node): { name: string; namespace: string } {
  const { name, namespace } = (object.metadata ?? {}) as { name?: unknown; namespace?: unknown };
  return { name: typeof name === 'string' ? name : '', namespace: typeof namespace === 'string' ? namespace : '' };
}

function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) return value.forEach((item) => walk(item, visit));
  if (typeof value !== 'object' || value === null) return;
  visit(value as Node);
  Object.values(value).forEach((item) => walk(item, visit));
}
