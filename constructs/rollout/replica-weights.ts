/**
 * Replicas that Argo Rollouts chooses for a weight without traffic routing: the whole numbers whose ratio comes nearest, of
 * `replicas` pods or, when it may surge, one more.
 *
 * The same choice as `approximateWeightedCanaryStableReplicaCounts` of the controller (1.9, utils/replicaset/canary.go): synth
 * has to tell what the controller will do.
 */
export function replicasForWeight(
  replicas: number,
  weight: number,
  maxSurge: number,
): { canary: number; stable: number } {
  const exact = (replicas * weight) / 100;
  const ceiling = Math.ceil(exact);
  const floor = Math.floor(exact);
  const tied = (total: number) => ((total * weight) / 100) % 1 === 0.5;
  const zeroAllowed = weight === 100 || weight === 0 || (replicas === 1 && maxSurge === 0);

  const options: { canary: number; total: number }[] = [];
  if (ceiling < replicas || zeroAllowed) options.push({ canary: ceiling, total: replicas });
  if (!tied(replicas) && (floor !== 0 || zeroAllowed)) options.push({ canary: floor, total: replicas });
  if (maxSurge > 0) {
    options.push({ canary: ceiling, total: replicas + 1 });
    if (!tied(replicas + 1) && (floor !== 0 || zeroAllowed)) options.push({ canary: floor, total: replicas + 1 });
  }
  if (options.length === 0) return { canary: 0, stable: replicas };
  const distance = (option: { canary: number; total: number }) =>
    Math.abs((option.canary * 100) / option.total - weight);
  const best = options.reduce((nearest, option) => (distance(option) < distance(nearest) ? option : nearest));
  return { canary: best.canary, stable: best.total - best.canary };
}
