import { secondsOf, wholeSecondsProblems } from '../checks/durations';
import { isUnresolved } from '../checks/unresolved';
import { GateAnalysis } from './analysis';
import { type BlueGreenOptions } from './blue-green-options';
import { type RenderedStrategy, type RolloutContext, type StrategyOptions, type StrategyPlan } from './strategy-plan';
import { type EffectiveWeight } from './traffic-split';

/** Time that the old revision stays up after the switch where none is given, seconds. */
const DEFAULT_SCALE_DOWN_DELAY_SECONDS = 300;

/** Strategy `blueGreen` of Argo Rollouts. */
export class BlueGreenPlan implements StrategyPlan {
  public readonly asked: StrategyOptions;
  private readonly scaleDownDelaySeconds: number;

  public constructor(private readonly options: BlueGreenOptions) {
    const { scaleDownDelay, ...rest } = options;
    this.scaleDownDelaySeconds = scaleDownDelay ? secondsOf(scaleDownDelay) : DEFAULT_SCALE_DOWN_DELAY_SECONDS;
    this.asked = { kind: 'blueGreen', options: { ...rest, scaleDownDelaySeconds: this.scaleDownDelaySeconds } };
  }

  public problems(subject: RolloutContext): string[] {
    const problems = wholeSecondsProblems(
      'scaleDownDelay',
      this.scaleDownDelaySeconds,
      1,
      'without it an abort has no old pods to go back to',
    );
    const { previewReplicas, gates = [] } = this.options;
    const most = isUnresolved(subject.replicas) ? Infinity : subject.replicas;
    if (
      previewReplicas !== undefined &&
      (!Number.isInteger(previewReplicas) || previewReplicas < 1 || previewReplicas > most)
    ) {
      problems.push(
        `previewReplicas: expected a whole number from 1 to the replicas (${most}), got ${previewReplicas}; the rest is started at the switch`,
      );
    }
    for (const gate of gates.filter(({ relative }) => relative)) {
      problems.push(
        `${gate._path}: expected a gate that needs no comparison, got one relative to the stable revision, which gets no requests after the switch; use a canary`,
      );
    }
    return [...problems, ...(this.analysis(subject)?.problems() ?? [])];
  }

  public render(subject: RolloutContext): RenderedStrategy {
    const analysis = this.analysis(subject);
    return {
      strategy: {
        blueGreen: {
          activeService: subject.model,
          previewService: subject.canaryService,
          autoPromotionEnabled: true,
          scaleDownDelaySeconds: this.scaleDownDelaySeconds,
          previewReplicaCount: this.options.previewReplicas,
          prePromotionAnalysis: analysis?.answer(),
          postPromotionAnalysis: analysis?.watch(),
        },
      },
      templates: analysis
        ? [...analysis.answerTemplates(), ...analysis.watchTemplates(this.scaleDownDelaySeconds)]
        : [],
    };
  }

  public plannedSeconds(subject: RolloutContext): number {
    return (
      subject.expectedNodeWaitSeconds +
      subject.expectedStartupSeconds +
      (this.options.gates?.length ? this.scaleDownDelaySeconds : 0)
    );
  }

  public weights(): EffectiveWeight[] {
    return [];
  }

  public surge(replicas: number): number {
    return replicas;
  }

  public notes(replicas: number): string[] {
    return [
      `a rollout needs room for ${isUnresolved(replicas) ? 'all' : replicas} more replicas; without it the new revision stays pending until it is aborted`,
    ];
  }

  private analysis(subject: RolloutContext): GateAnalysis | undefined {
    return this.options.gates?.length
      ? new GateAnalysis(subject, this.options.gates, this.options.judgement)
      : undefined;
  }
}
