import { PROFILES } from '../../../rehearsal/models/profiles';
import { type Answers, AUTOSCALING, profileOf, REQUESTS_PER_SECOND } from '../../../rehearsal/scenario/chat-load';

/** Requests that are worked on at once on a machine that keeps its times. */
function running(answers: Answers): number {
  const { ttftMs, interTokenMs, tokens } = profileOf(answers, PROFILES.good);
  return (REQUESTS_PER_SECOND * (ttftMs + (tokens - 1) * interTokenMs)) / 1000;
}

const { minReplicas, maxReplicas, runningPerReplica = NaN } = AUTOSCALING;

test('short answers need no more than the fewest replicas, on a machine that takes twice as long too', () => {
  expect(2 * running('short')).toBeLessThan(minReplicas * runningPerReplica);
});

test('long answers need more than the most replicas, by more than the tenth that an autoscaler tolerates', () => {
  expect(running('long')).toBeGreaterThan(1.1 * maxReplicas * runningPerReplica);
});
