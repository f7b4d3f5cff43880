import { check, type Topic, ok, problem, warning } from '../check';

/** Instance types of nodes in the zones of the environment. */
export const instanceTypeChecks: Topic = ({ requirements: { instanceTypes, zones }, account }) => {
  // One question for all of them; whoever waits for it gets its error.
  let offered: ReturnType<typeof account.offeredZones> | undefined;
  return instanceTypes.map((type) =>
    check(`Offered: ${type}`, zones.join(', '), async () => {
      offered ??= account.offeredZones(instanceTypes);
      const found = ((await offered).get(type) ?? []).filter((zone) => zones.includes(zone)).sort();
      if (found.length === zones.length) return ok('in all');
      return found.length > 0
        ? warning(
            `only ${found.join(', ')}`,
            `${type} will not run in every zone; choose zones that all offer it to survive the loss of one`,
          )
        : problem('in none', `choose zones or an instance type for ${type} that go together, in environments/`);
    }),
  );
};
