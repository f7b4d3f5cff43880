/** Values that charts of several controllers get. */

export const NON_ROOT = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };

/** CRDs outlive their controllers: without them, every object of their kinds would be gone. */
export const KEEP = { 'helm.sh/resource-policy': 'keep' };

/** Two replicas are of use on two nodes. */
export function apart(name: string): object {
  const labelSelector = { matchLabels: { 'app.kubernetes.io/name': name } };
  return {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 100, podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector } },
      ],
    },
  };
}
