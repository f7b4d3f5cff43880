import { type EngineMetrics } from '../models/engine-metrics';
import { type GateQuery } from './gate-query';

/** One gate: what it is called, what it needs, and how its value is measured. */
export interface GateDefinition {
  readonly name: string;
  readonly limit: number;
  readonly unit: string;
  /** Whether the canary is compared with the stable revision, so that both need traffic. */
  readonly relative: boolean;
  /** Whether the two revisions must be seen at the same time, because their load decides too. */
  readonly simultaneous?: boolean;
  readonly requires: readonly (keyof EngineMetrics)[];
  readonly problems: readonly string[];
  /** PromQL of the value; absent for a gate that sends a request itself. */
  readonly query?: (query: GateQuery, metrics: EngineMetrics) => string;
  /** Time within which a request of the gate's own must be answered, seconds. */
  readonly requestTimeoutSeconds?: number;
}
