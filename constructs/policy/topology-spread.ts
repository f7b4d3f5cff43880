/** Spreads pods over zones and nodes as far as there are several, without keeping one from a node. */
export function spreadOver(matchLabels: { readonly [label: string]: string }) {
  return ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: { ...matchLabels } },
  }));
}
