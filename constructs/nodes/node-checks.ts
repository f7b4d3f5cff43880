import type { NodeDemand } from './node-demand';
import { problemsInProduction, problemsOfDemand, problemsOfGrace } from './node-problems';

/** Checks of a demand, for callers that collect problems. Each is a line with what to do. */
export class NodeChecks {
  /** What is wrong with a demand, whoever is to meet it. */
  public static problemsOf(demand: NodeDemand): string[] {
    return problemsOfDemand(demand);
  }

  /** What may be elsewhere, but not in production: Spot without a fallback, and images that change by themselves. */
  public static problemsInProduction(demand: NodeDemand): string[] {
    return problemsInProduction(demand);
  }

  /** Whether nodes end before the grace period of their pods is over: then pods are killed while they still answer. */
  public static problemsOfGrace(demand: NodeDemand): string[] {
    return problemsOfGrace(demand);
  }

  private constructor() {}
}
