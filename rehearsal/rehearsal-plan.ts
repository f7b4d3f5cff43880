import { type Act } from './scenario/act';

/** Everything that can be run. */
export interface RehearsalParts {
  /** They build on each other; the last one tidies up. */
  readonly acts: readonly Act[];
  /** Further scenes, numbered after the acts. */
  readonly scenes: readonly Act[];
  readonly faults: readonly Act[];
}

/** What was asked for. */
export interface PlanOptions {
  /** Number of an act or a scene. @default - all acts, and the scenes with all faults */
  readonly act?: number;
  /** Names of faults, or `all`. @default - none */
  readonly fault?: readonly string[];
}

/** What is run, in this order. */
export interface RehearsalPlan {
  readonly opening: readonly Act[];
  readonly scenes: readonly Act[];
  readonly faults: readonly Act[];
  readonly closing: readonly Act[];
}

/** Acts build on each other, so one act brings those before it; scenes and faults need a model that serves, and the last act tidies up. */
export function choosePlan(parts: RehearsalParts, { act, fault = [] }: PlanOptions): RehearsalPlan {
  const { acts, scenes } = parts;
  const [first, last] = [acts.slice(0, 1), acts.slice(-1)];
  const all = fault.includes('all');
  const faults = all ? parts.faults : parts.faults.filter(({ id }) => fault.includes(id.replace('fault-', '')));
  const plan = { opening: first, scenes: [], faults, closing: last };
  if (act === undefined)
    return all || fault.length === 0 ? { ...plan, opening: acts.slice(0, -1), scenes: all ? scenes : [] } : plan;
  if (act > acts.length) {
    const { id: wanted, buildsOn = [] } = scenes[act - acts.length - 1];
    return { ...plan, scenes: scenes.filter(({ id }) => id === wanted || buildsOn.includes(id)) };
  }
  const chosen = acts.slice(0, act);
  const opening = chosen.filter((each) => !last.includes(each));
  return { ...plan, opening, closing: chosen.slice(opening.length) };
}
