import { ApiObject, Chart } from 'cdk8s';
import { type Construct } from 'constructs';
import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import { addRole } from '../kubernetes/add-role';
import { ENDPOINT_PICKER_ACCOUNT } from './routing-names';

/** Properties of `EndpointPickerRbacChart`. */
export interface EndpointPickerRbacChartProps {
  /** Namespace of the models whose replicas are picked. */
  readonly namespace: string;
}

/** What an endpoint picker watches. Kinds that are not installed are skipped. */
const RULES: PolicyRule[] = [
  { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: ['inference.networking.k8s.io'], resources: ['inferencepools'], verbs: ['get', 'list', 'watch'] },
  {
    apiGroups: ['inference.networking.x-k8s.io', 'llm-d.ai'],
    resources: ['inferenceobjectives', 'inferencemodelrewrites'],
    verbs: ['get', 'list', 'watch'],
  },
];

/**
 * The account under which endpoint pickers run, and its rights. It belongs to the platform: a release of a model may not give
 * rights to anyone.
 */
export class EndpointPickerRbacChart extends Chart {
  public constructor(scope: Construct, id: string, props: EndpointPickerRbacChartProps) {
    super(scope, id, { namespace: props.namespace, disableResourceNameHashes: true });
    const { namespace } = props;
    const account = { namespace, name: ENDPOINT_PICKER_ACCOUNT };
    new ApiObject(this, 'Account', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: account });
    addRole(this, account, RULES, { kind: 'ServiceAccount', ...account });
  }
}
