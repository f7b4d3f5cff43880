/** Security context of a pod that Pod Security `restricted` admits, with one number for its user and its group. */
export function restrictedPod(user: number) {
  return { runAsNonRoot: true, runAsUser: user, runAsGroup: user, seccompProfile: { type: 'RuntimeDefault' } };
}

/** Security context of its containers, which write to their volumes only. */
export const RESTRICTED_CONTAINER = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
};
