import { assertPromoted } from '../acts/steps';
import { PROFILES } from '../models/profiles';
import { type Act } from '../scenario/act';
import { SMALL } from './real-models';

const REVISION = 's2';

/** The engine that SIGTERM ends with its requests: only the preStop hook holds it back. */
export const llamaCpp: Act = {
  id: 'act-7',
  title: 'A revision on llama.cpp is promoted',
  story:
    'A model on llama.cpp goes from one revision to the next under traffic. Its pods are held back by their preStop hook until their requests are answered.',
  async run(stage, record) {
    await stage.simulation.resetCounters(SMALL);
    await stage.simulation.setProfile(REVISION, PROFILES.good);
    record.event('cdk', `deploys revision ${REVISION} of small`, { label: `deploy ${REVISION}` });
    const deployed = await stage.deploy(record, {
      models: [{ name: SMALL.service, revision: REVISION }],
    });
    assertPromoted(record, deployed);
    await stage.waitForTermination();
    const { sent, lost, timeouts, errors, causes } = await stage.simulation.stopLoad(SMALL);
    record.assert(
      'no request to it was lost',
      sent > 20 && lost + timeouts + errors === 0,
      `${sent} sent, ${JSON.stringify(causes)}`,
    );
    const ends = (await stage.simulation.engineRuns()).filter(
      ({ engine, endedAt }) => engine === 'llama-cpp' && endedAt !== undefined,
    );
    record.assert(
      'the old engine ended by itself',
      ends.length === 1 && ends[0].exitCode === 0,
      ends.map(({ exitCode }) => `exit code ${exitCode}`).join(', '),
    );
  },
};
