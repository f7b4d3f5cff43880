import { ApiObject, type Chart } from 'cdk8s';
import type { PolicyRule, Subject } from 'kubernetes-types/rbac/v1';

const RBAC = 'rbac.authorization.k8s.io';

/** Rights of one subject under one name, in a namespace or, without one, in the whole cluster. */
export function addRole(
  chart: Chart,
  { namespace, name }: { readonly namespace?: string; readonly name: string },
  rules: readonly PolicyRule[],
  subject: Omit<Subject, 'apiGroup'>,
): void {
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  const object = { apiVersion: `${RBAC}/v1`, metadata: namespace === undefined ? { name } : { namespace, name } };
  new ApiObject(chart, `${name}-role`, { ...object, kind, rules });
  new ApiObject(chart, `${name}-binding`, {
    ...object,
    kind: `${kind}Binding`,
    roleRef: { apiGroup: RBAC, kind, name },
    subjects: [subject.kind === 'ServiceAccount' ? subject : { apiGroup: RBAC, ...subject }],
  });
}
