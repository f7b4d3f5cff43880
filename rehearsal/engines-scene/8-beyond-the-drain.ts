import { assertNothingLeft, assertSucceeds } from '../acts/steps';
import { PROFILES } from '../models/profiles';
import { type Act } from '../scenario/act';
import { CHAT } from '../scenario/rehearsal-stage';
import { longAnswer } from './long-answer';
import { DRAIN, REPLICAS } from './real-models';

/** Tokens of an answer that an engine which is held up does not finish within its drain. */
const TOKENS = 1800;

/** What the documents promise nobody: an answer longer than the drain is lost. @param number of the act */
export const beyondTheDrain = (number = 8): Act => ({
  id: `act-${number}`,
  title: 'An answer that outlasts the drain is cut, and nothing is left',
  story:
    'Everything is destroyed while each engine works on an answer that takes longer than its drain. The engines are killed at the end of their grace period.',
  async run(stage, record) {
    await stage.stopLoad();
    const serving = await stage.servingRevision();
    // Long for an engine that is held up, short otherwise.
    await stage.simulation.setProfile(serving, { ...PROFILES.good, ttftMs: 10 * PROFILES.good.ttftMs });
    const pods = (await stage.simulation.pods()).filter(
      ({ namespace, name }) => namespace === CHAT.namespace && name.startsWith(`${CHAT.service}-`),
    );
    const answers = pods.map(({ port }) => longAnswer(port, TOKENS));
    const destroyed = await stage.destroy(record);
    record.duration('cdk destroy', destroyed.milliseconds);
    assertSucceeds(record, 'cdk destroy succeeds', destroyed);
    await stage.waitForTermination();
    const ended = await Promise.all(answers);
    record.assert(
      'each of the answers was cut',
      ended.length === REPLICAS && ended.every((answer) => answer.ended === 'cut'),
      ended.map((answer) => `${answer.ended} after ${answer.seconds.toFixed(0)} s: ${answer.detail}`).join('; '),
    );
    const runs = await stage.simulation.engineRuns();
    const last = runs.filter(({ revision, engine }) => revision === serving && engine === 'vllm');
    const held = last.map(({ endedAt = NaN, terminatedAt = NaN }) => (endedAt - terminatedAt) / 1000);
    record.assert(
      `the engines were kept for the ${DRAIN.shutdownTimeout} s after SIGTERM at least, and for the grace period at most`,
      held.length === REPLICAS &&
        held.every((seconds) => seconds >= DRAIN.shutdownTimeout - 1 && seconds <= DRAIN.terminationGracePeriod),
      last.map(({ exitCode }, index) => `exit code ${exitCode} after ${held[index].toFixed(1)} s`).join('; '),
    );
    record.assert(
      'no engine is left',
      runs.every(({ endedAt }) => endedAt !== undefined),
      `${runs.length} were started`,
    );
    assertNothingLeft(record, await stage.releasedObjects());
  },
});
