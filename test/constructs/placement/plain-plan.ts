import { Placement } from '../../../constructs/placement/placement';
import { type PlacementMemory, type PlacementPlanFacts } from '../../../constructs/placement/placement-plan';
import { type PlacementProps } from '../../../constructs/placement/placement-props';

type PlainPlan = Omit<PlacementPlanFacts, 'memory'> & {
  readonly memory: { readonly [Part in keyof PlacementMemory]: number };
};

/** A plan whose memory is in bytes. */
export function plan(props: PlacementProps): PlainPlan {
  const { memory, ...facts } = Placement.plan(props).facts;
  const { total, weights, kvCache, overhead, headroom } = memory;
  return {
    ...facts,
    memory: {
      total: total.toBytes(),
      weights: weights.toBytes(),
      kvCache: kvCache.toBytes(),
      overhead: overhead.toBytes(),
      headroom: headroom.toBytes(),
    },
  };
}
