import { isUnresolved } from '../checks/unresolved';
import { GateAnalysis } from './analysis';
import { brokenRules } from './argo-rules';
import { type ArgoAnalysisTemplate, type ArgoCanary, type ArgoStep } from './argo-types';
import { HealthGate } from './health-gate';
import { TooFewRequests } from './judgement';
import { canaryTimeProblems, type ResolvedCanary, type ResolvedStep } from './resolved-canary';
import { type RenderedStrategy, type RolloutContext, type StrategyOptions, type StrategyPlan } from './strategy-plan';
import { type EffectiveWeight, type ITrafficSplit, TrafficSplit, type TrafficSplitConfig } from './traffic-split';

/**
 * Keeps Karpenter and EKS Auto Mode from taking the node of a canary to save one, or to renew it: its only pod would be gone for as long as an
 * engine starts, and the revision be aborted for that. Argo takes it off when the revision is promoted.
 */
const UNDISTURBED = { annotations: { 'karpenter.sh/do-not-disrupt': 'true' } };

/** Strategy `canary` of Argo Rollouts, with or without steps. */
export class CanaryPlan implements StrategyPlan {
  public readonly asked: StrategyOptions;
  public readonly maxSurge: number;
  private readonly split: ITrafficSplit;
  private readonly maxUnavailable: number;

  /** @param stepped whether steps are asked for; a rolling update has none */
  public constructor(
    public readonly options: ResolvedCanary,
    stepped = true,
  ) {
    this.asked = { kind: stepped ? 'canary' : 'rolling', options };
    this.split = options.trafficSplit ?? TrafficSplit.replicas();
    this.maxSurge = options.maxSurge ?? 1;
    this.maxUnavailable = options.maxUnavailable ?? 0;
  }

  public problems(subject: RolloutContext): string[] {
    const gates = this.analysis(subject)?.problems(this.shortestHoldSeconds) ?? [];
    return [
      ...this.stepProblems(),
      ...this.weightProblems(subject.replicas),
      ...brokenRules(this.canary(subject)),
      ...gates,
      ...canaryTimeProblems(this.options),
      // What an engine does not export is reported of the gates already.
      ...(gates.length > 0 ? [] : this.objectives(subject)).flatMap((gate) =>
        gate._problems(subject.metrics).map((problem) => problem.replace(gate._path, 'objectives')),
      ),
    ];
  }

  public render(subject: RolloutContext): RenderedStrategy {
    const analysis = this.analysis(subject);
    const bake = this.bakeTemplate(subject);
    const first = this.options.steps.at(0);
    const templates = [
      ...(analysis?.watchTemplates() ?? []),
      ...(analysis && first ? [analysis.verdictTemplate()] : []),
      ...(bake ? [bake] : []),
    ];
    const firstStepEndsAt = first && this.argoSteps(first, analysis).length;
    return { strategy: { canary: this.canary(subject) }, templates, firstStepEndsAt };
  }

  public plannedSeconds(subject: RolloutContext): number {
    const holds = this.options.steps.reduce((sum, step) => sum + step.holdSeconds, 0) + this.options.bakeSeconds;
    if (isUnresolved(subject.replicas)) return holds;
    // Every replica is replaced once; a step waits for its own replicas only.
    const counts = [...this.weights(subject.replicas).map((weight) => weight.canaryReplicas), subject.replicas];
    const waves = counts.reduce((sum, count, index) => sum + this.waves(count - (counts[index - 1] ?? 0)), 0);
    return (
      holds +
      waves * subject.expectedStartupSeconds +
      this.nodeWaits(subject.replicas) * subject.expectedNodeWaitSeconds
    );
  }

  /** Times that pods wait for new nodes: once at each step that has more pods at once than there were before. */
  private nodeWaits(replicas: number): number {
    const most = replicas + this.surge(replicas);
    let [waits, nodes, canary, pods] = [0, replicas, 0, replicas];
    for (const { canaryReplicas, stableReplicas } of [
      ...this.weights(replicas),
      { canaryReplicas: replicas, stableReplicas: 0 },
    ]) {
      const together = Math.min(most, pods + canaryReplicas - canary);
      if (together > nodes) waits += 1;
      nodes = Math.max(nodes, together);
      [canary, pods] = [canaryReplicas, canaryReplicas + stableReplicas];
    }
    return waits;
  }

  /** Times that pods must start for some replicas: as many at a time as may be above or below the number of replicas. */
  private waves(replicas: number): number {
    return Math.ceil(Math.max(0, replicas) / Math.max(1, this.maxSurge + this.maxUnavailable));
  }

  public weights(replicas: number): EffectiveWeight[] {
    return isUnresolved(replicas) ? [] : this.bind(replicas).weights;
  }

  public surge(replicas: number): number {
    if (!this.routes(replicas)) return this.maxSurge;
    if (!this.options.dynamicStableScale) return replicas;
    // The stable revision shrinks only after the canary has grown.
    const counts = [0, ...this.weights(replicas).map(({ canaryReplicas }) => canaryReplicas), replicas];
    return Math.max(...counts.slice(1).map((count, index) => count - counts[index]));
  }

  public notes(replicas: number): string[] {
    const notes = this.weights(replicas)
      .filter(({ weight, actualWeight }) => weight !== actualWeight)
      .map(
        ({ weight, actualWeight, canaryReplicas, stableReplicas }) =>
          `a weight of ${weight} % will be ${actualWeight} %: ${canaryReplicas} of ${canaryReplicas + stableReplicas} replicas`,
      );
    const surge = this.surge(replicas);
    if (surge > 0)
      notes.push(
        `a rollout needs room for ${surge} more than ${isUnresolved(replicas) ? 'the' : replicas} replicas; without it the canary stays pending until it is aborted`,
      );
    notes.push(...this.abortNotes(replicas), ...this.bakeNotes(replicas));
    if (this.judged.length > 0 && this.options.judgement?.tooFewRequests === TooFewRequests.PASS) {
      const asked = this.judged.some(({ _requestTimeoutSeconds: timeout }) => timeout !== undefined);
      notes.push(
        `a canary that gets too few requests to be compared is promoted all the same: ${asked ? 'it must answer requests of the controller, and no more is known of it' : 'nothing is known of it but that its pods are ready'}`,
      );
    }
    if (this.maxUnavailable > 0)
      notes.push(
        `a rollout takes ${this.maxUnavailable} of ${isUnresolved(replicas) ? 'the' : replicas} replicas out of service while their successors start`,
      );
    return notes;
  }

  /** What an abort leaves to the canary where steps have taken pods of the old revision. */
  private abortNotes(replicas: number): string[] {
    const { stableReplicas = replicas, actualWeight = 0 } = this.weights(replicas).at(-1) ?? {};
    const missing = replicas - stableReplicas;
    return this.routes(replicas) || !(missing > 0)
      ? []
      : [
          `an abort at ${actualWeight} % starts ${counted(missing, 'replica')} of the old revision anew, in ${counted(this.waves(missing), 'turn')}; until they are ready the canary keeps as many, and their share of requests`,
        ];
  }

  /** What the way back from a bake is, and what keeps it. */
  private bakeNotes(replicas: number): string[] {
    if (this.options.bakeSeconds === 0 || this.options.steps.length === 0 || isUnresolved(replicas)) return [];
    const time = `after the last step a rollout bakes for ${this.options.bakeSeconds} s at full weight`;
    if (!this.routes(replicas))
      return [
        `${time}; the old pods are gone by then, and the way back is a cold start of ${counted(replicas, 'replica')} in ${counted(this.waves(replicas), 'turn')}, until which requests go to the new ones`,
      ];
    return [
      this.options.dynamicStableScale
        ? `${time}; the old pods are gone by then, and the way back is a cold start of ${counted(replicas, 'replica')}`
        : `${time}; ${replicas} old replicas stay with their GPUs until it is over, and are the way back at once`,
    ];
  }

  private stepProblems(): string[] {
    const problems: string[] = [];
    if (this.asked.kind === 'canary' && this.options.steps.length === 0)
      problems.push(
        'steps: expected at least one, got none; without a step nothing is judged before the promotion, add one or use RolloutStrategy.rolling',
      );
    const weights = this.options.steps.map((step) => step.weight);
    weights.forEach((weight, index) => {
      if (!Number.isInteger(weight) || weight < 1 || weight > 100) {
        problems.push(
          `steps[${index}].weight: expected a whole number from 1 to 100, got ${weight}; it is the canary's share of requests in percent`,
        );
      }
    });
    if (weights.some((weight, index) => index > 0 && weight <= weights[index - 1])) {
      problems.push(
        `steps: expected ascending weights, got ${weights.join(', ')}; order the steps by weight and drop repetitions`,
      );
    }
    for (const [prop, value] of Object.entries({ maxSurge: this.maxSurge, maxUnavailable: this.maxUnavailable })) {
      if (!Number.isInteger(value) || value < 0)
        problems.push(`${prop}: expected a whole number from 0, got ${value}; it is a number of replicas`);
    }
    return problems;
  }

  /** A step at which one of the revisions has no replica compares nothing. */
  private weightProblems(replicas: number): string[] {
    if (isUnresolved(replicas) || !Number.isInteger(replicas) || replicas < 1) return [];
    // Where nothing can be replaced, weights follow from that, which has a report of its own.
    if (this.maxSurge === 0 && this.maxUnavailable === 0) return [];
    return this.weights(replicas).flatMap(({ weight, canaryReplicas, stableReplicas }, index) => {
      if (canaryReplicas === 0) {
        return [
          `steps[${index}].weight: expected a weight that is at least one replica, got ${weight} % of ${replicas}, where the canary gets none; raise replicas or maxSurge`,
        ];
      }
      if (stableReplicas === 0 && this.judged.length > 0) {
        return [
          `steps[${index}].weight: expected a weight that leaves a stable replica to compare with, got ${weight} % of ${replicas}; drop the step, the full promotion follows the last one`,
        ];
      }
      return [];
    });
  }

  private get judged(): readonly HealthGate[] {
    return this.options.gates ?? [];
  }

  private get shortestHoldSeconds(): number | undefined {
    return this.options.steps.length === 0
      ? undefined
      : Math.min(...this.options.steps.map((step) => step.holdSeconds));
  }

  private analysis(subject: RolloutContext): GateAnalysis | undefined {
    return this.judged.length === 0 ? undefined : new GateAnalysis(subject, this.judged, this.options.judgement);
  }

  private bind(replicas: number, subject?: RolloutContext): TrafficSplitConfig {
    return this.split.bind({
      replicas,
      maxSurge: this.maxSurge,
      weights: this.options.steps.map((step) => step.weight),
      stableService: subject?.model ?? '',
      canaryService: subject?.canaryService ?? '',
    });
  }

  /** A share that counts mistakes of clients means something in a difference only. */
  private objectives({ metrics }: RolloutContext): HealthGate[] {
    const { timeToFirstToken, errorRatio } = this.options.objectives ?? {};
    return HealthGate._objectives({
      timeToFirstToken,
      errorRatio: metrics.httpMistakesAreServerErrors ? undefined : errorRatio,
    });
  }

  private routes(replicas: number): boolean {
    return !isUnresolved(replicas) && this.bind(replicas).trafficRoutingJson !== undefined;
  }

  private get bakes(): boolean {
    return this.options.bakeSeconds > 0 && this.options.steps.length > 0;
  }

  private bakeTemplate(subject: RolloutContext): ArgoAnalysisTemplate | undefined {
    const analysis = this.analysis(subject);
    if (!this.bakes || analysis === undefined) return undefined;
    // As far back as the last verdict looked: the promotion and the bake itself lie between.
    const promotion = isUnresolved(subject.replicas)
      ? 0
      : this.waves(subject.replicas) * subject.expectedStartupSeconds;
    return analysis.bakeTemplate(
      this.options.bakeSeconds,
      analysis.verdictSeconds + promotion + this.options.bakeSeconds,
      this.objectives(subject),
    );
  }

  /** Full weight, and what must pass before it is for good. */
  private bakeSteps(subject: RolloutContext): ArgoStep[] {
    if (!this.bakes) return [];
    const analysis = this.bakeTemplate(subject) && this.analysis(subject);
    // A number of replicas that a step has set would stay for full weight too.
    const scaled = this.options.steps.some(({ canaryReplicas }) => canaryReplicas !== undefined);
    return [
      ...(scaled ? [{ setCanaryScale: { matchTrafficWeight: true } as const }] : []),
      { setWeight: 100 },
      analysis ? { analysis: analysis.bake() } : { pause: { duration: `${this.options.bakeSeconds}s` } },
    ];
  }

  private canary(subject: RolloutContext): ArgoCanary {
    const routing = isUnresolved(subject.replicas)
      ? undefined
      : this.bind(subject.replicas, subject).trafficRoutingJson;
    const analysis = this.analysis(subject);
    const { steps, minPodsPerReplicaSet, scaleDownDelaySeconds, abortScaleDownDelaySeconds, dynamicStableScale } =
      this.options;
    const first = steps.at(0);
    return {
      canaryService: subject.canaryService,
      // Argo narrows the selector of a stable Service to the stable pods. Without routing that would keep every request from
      // the canary, so the Service that callers use is left to select both revisions.
      stableService: routing && subject.model,
      trafficRouting: routing === undefined ? undefined : (JSON.parse(routing) as Record<string, unknown>),
      maxSurge: this.maxSurge,
      maxUnavailable: this.maxUnavailable,
      minPodsPerReplicaSet,
      scaleDownDelaySeconds,
      abortScaleDownDelaySeconds,
      dynamicStableScale,
      // Step 0 sets the first weight and waits for the canary's pods: there is nothing to watch before it has passed.
      analysis: analysis?.watch(first && this.stepsOf(first).length),
      canaryMetadata: first && UNDISTURBED,
      steps: first && [...steps.flatMap((step) => this.argoSteps(step, analysis)), ...this.bakeSteps(subject)],
    };
  }

  private stepsOf(step: ResolvedStep): ArgoStep[] {
    return [
      ...(step.canaryReplicas === undefined ? [] : [{ setCanaryScale: { replicas: step.canaryReplicas } }]),
      { setWeight: step.weight },
    ];
  }

  private argoSteps(step: ResolvedStep, analysis: GateAnalysis | undefined): ArgoStep[] {
    return [
      ...this.stepsOf(step),
      ...(step.holdSeconds ? [{ pause: { duration: `${step.holdSeconds}s` } }] : []),
      ...(analysis ? [{ analysis: analysis.verdict() }] : []),
    ];
  }
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
