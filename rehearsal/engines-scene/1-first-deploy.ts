import { assertReady, assertSucceeds } from '../acts/steps';
import { PROFILES } from '../models/profiles';
import { type Act } from '../scenario/act';
import { until } from '../scenario/looking';
import { CHAT } from '../scenario/rehearsal-stage';
import { CHAT_MODEL, LOAD, REPLICAS, SMALL, SMALL_LOAD, SMALL_MODEL } from './real-models';

/** Both engines come up from nothing. */
export const firstEngines: Act = {
  id: 'act-1',
  title: 'First deploy of real engines',
  story:
    "One cdk deploy brings the platform, a model on vLLM with two replicas and a model on llama.cpp; the pods' own commands are executed.",
  async run(stage, record) {
    const controller = stage.platform.startRolloutsController(stage.simulation.proxyUrl);
    await stage.simulation.setProfile('r1', PROFILES.good);
    record.event('cdk', 'deploys revision r1 of chat, and small', { label: 'deploy r1' });
    const deployed = await stage.deploy(record, {
      models: [{ ...CHAT_MODEL, revision: 'r1' }, SMALL_MODEL],
      stacks: ['**'],
    });
    record.duration('cdk deploy', deployed.milliseconds);
    assertSucceeds(record, 'cdk deploy succeeds', deployed);
    // It waits for CRDs, which a deployment that failed may never bring.
    if (deployed.exitCode === 0) await controller;
    assertReady(record, `all ${REPLICAS} replicas are ready`, 'r1', REPLICAS);

    const runs = await stage.simulation.engineRuns();
    const started = runs.map(({ engine, version }) => `${engine} ${version}`);
    record.assert(
      'each pod runs an engine, and none was started twice',
      runs.length === REPLICAS + 1 && runs.every(({ endedAt }) => endedAt === undefined),
      started.join(', '),
    );
    await stage.startLoad(LOAD);
    await stage.simulation.startLoad({ ...SMALL, ...SMALL_LOAD });
    for (const target of [CHAT, SMALL]) {
      const counters = await until(`answered requests to ${target.service}`, 60, async () => {
        const now = await stage.simulation.counters(target);
        return now.succeeded >= 10 && now;
      });
      record.assert(
        `requests to ${target.service} are answered`,
        counters.errors + counters.lost + counters.timeouts === 0,
        JSON.stringify(counters.causes),
      );
    }
  },
};
