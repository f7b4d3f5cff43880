import { assertPromoted, assertReady, sharesOf } from '../acts/steps';
import { type ModelsClient } from '../models/client';
import { type LoadTarget } from '../load/generator';
import { PROFILES } from '../models/profiles';
import { type Act } from '../scenario/act';
import { lookEvery } from '../scenario/looking';
import { CHAT } from '../scenario/rehearsal-stage';
import { type LongAnswer, longAnswer } from './long-answer';
import { REPLICAS } from './real-models';

/** Longer than the preStop hook, and shorter than the time that requests get after it, tokens. */
const TOKENS = 600;

/** A good revision under everything that must not be held against it. @param number of the act, and of the revision */
export const goodEngines = (number = 2): Act => ({
  id: `act-${number}`,
  title: 'A good revision is promoted while callers make mistakes',
  story:
    'One request in ten is a mistake of its caller, before the canary and during it. The new engines start cold beside those that serve; the old ones are drained with answers in flight.',
  expects: { engine: 'mistakes', outcome: 'promoted' },
  async run(stage, record) {
    const revision = `r${number}`;
    const old = await stage.servingRevision();
    const drained = new DrainWatch(stage.simulation, CHAT, old, TOKENS);
    const deployed = await stage.deployRevision(record, revision, PROFILES.good);
    assertPromoted(record, deployed);
    const shares = sharesOf(record, revision);
    record.assert(
      'the canary served a third of the requests before all of them',
      shares.includes(33) && shares.at(-1) === 100,
      `shares of ready pods, in %: ${shares.join(', ')}`,
    );
    assertReady(record, `the new revision has all ${REPLICAS} replicas`, revision, REPLICAS);
    record.verdict({ engine: 'mistakes', outcome: deployed.exitCode === 0 ? 'promoted' : 'aborted' });

    await stage.waitForTermination();
    const answers = await drained.stop();
    const found = answers
      .map(({ ended, seconds, detail }) => `${ended} after ${seconds.toFixed(1)} s ${detail}`.trim())
      .join('; ');
    record.assert(
      'answers that SIGTERM found in flight were finished',
      answers.length === REPLICAS && answers.every(({ ended }) => ended === 'whole'),
      found,
    );
    const ends = (await stage.simulation.engineRuns()).filter(
      ({ revision, engine }) => revision === old && engine === 'vllm',
    );
    record.assert(
      'the old engines ended by themselves',
      ends.every(({ exitCode }) => exitCode === 0),
      ends
        .map(
          ({ exitCode, endedAt = NaN, terminatedAt = NaN }) =>
            `exit code ${exitCode} ${((endedAt - terminatedAt) / 1000).toFixed(1)} s after SIGTERM`,
        )
        .join('; '),
    );
    const { mistakes } = await record.counters();
    record.assert('callers made mistakes all the while', mistakes > 10, `${mistakes} mistakes`);
  },
});

const LOOK_MS = 200;

/**
 * Sends each pod of a revision that begins to end one more answer which outlasts its preStop hook, so that SIGTERM finds it in
 * flight.
 */
class DrainWatch {
  private readonly answers = new Map<string, Promise<LongAnswer>>();
  private readonly stopLooking: () => Promise<void>;

  constructor(
    private readonly simulation: ModelsClient,
    private readonly target: LoadTarget,
    private readonly revision: string,
    private readonly tokens: number,
  ) {
    this.stopLooking = lookEvery(LOOK_MS, () => this.look());
  }

  /** @returns how the answers ended, one a pod that was drained */
  public async stop(): Promise<LongAnswer[]> {
    await this.stopLooking();
    return Promise.all(this.answers.values());
  }

  private async look(): Promise<void> {
    const { namespace, service } = this.target;
    for (const pod of await this.simulation.pods()) {
      const ours = pod.namespace === namespace && pod.name.startsWith(`${service}-`) && pod.revision === this.revision;
      if (ours && pod.terminating && !this.answers.has(pod.name))
        this.answers.set(pod.name, longAnswer(pod.port, this.tokens));
    }
  }
}
