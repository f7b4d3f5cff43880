import { AWS_IDENTITY_LABEL, AWS_IDENTITY_MISSING } from '../kubernetes/names';

/** Variable by which the SDKs find the agent of EKS Pod Identity. */
const CREDENTIALS = 'AWS_CONTAINER_CREDENTIALS_FULL_URI';

/**
 * A policy of admission that keeps out pods which need an IAM role and would never get one. EKS decides that when a pod is made, and knows a
 * new association only seconds after it was made: a pod that came too early would be without credentials for all its life. Refused, it is
 * made again by its workload. Controllers back off exponentially, so that it comes after roughly as long again as it was refused for: 17 to 37 s
 * after a refusal of 45 s.
 */
export function awsIdentityPolicy(): { readonly apiVersion: string; readonly kind: string; readonly metadata: { readonly name: string }; readonly spec: object }[] {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const metadata = { name: 'llm-platform-aws-identity' };
  return [
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] }] },
        matchConditions: [{ name: 'needs-an-identity', expression: `has(object.metadata.labels) && '${AWS_IDENTITY_LABEL}' in object.metadata.labels` }],
        validations: [{
          expression: `object.spec.containers.all(container, has(container.env) && container.env.exists(variable, variable.name == '${CREDENTIALS}'))`,
          messageExpression: `'the pod ${AWS_IDENTITY_MISSING}: EKS Pod Identity knows no association of the service account ' + `
            + '(has(object.spec.serviceAccountName) ? object.spec.serviceAccountName : \'default\')',
        }],
      },
    },
    { apiVersion, kind: 'ValidatingAdmissionPolicyBinding', metadata, spec: { policyName: metadata.name, validationActions: ['Deny'] } },
  ];
}
