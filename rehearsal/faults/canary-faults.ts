import { assertSucceeds } from '../acts/steps';
import type { PodSpec } from 'kubernetes-types/core/v1';
import { PROFILES } from '../models/profiles';
import { type Act } from '../scenario/act';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { failingDeployment, freshRevision, untilCanaryServes } from './fault';

/** Faults that hit a canary. */
export const CANARY_FAULTS: readonly Act[] = [
  // Prometheus goes away while a canary is judged.
  failingDeployment({
    id: 'prometheus-down',
    title: 'Prometheus goes down during a canary',
    story: 'The metrics database is stopped as soon as the first canary pod is ready.',
    promised:
      'A canary that cannot be judged is not promoted: it is aborted after the tolerated number of failed queries.',
    reason: /could not be measured/,
    async meanwhile(stage, record, revision) {
      await untilCanaryServes(record, revision);
      await stage.platform.prometheus.stop();
      record.fault('Prometheus is stopped', 'Prometheus down');
    },
    after: (stage) => stage.platform.prometheus.start(),
  }),
  // Nobody calls the model.
  failingDeployment({
    id: 'no-traffic',
    title: 'No traffic during a canary',
    story: 'The load stops before the canary begins, so that no gate gets the minimum of requests.',
    promised:
      'The gates wait for the minimum of requests until their timeout, then give the answer that the strategy states: fail.',
    reason: /metric requests was [\d.]+, limit at least \d+/,
    before: (stage) => stage.stopLoad(),
    after: (stage) => stage.startLoad(),
  }),
  // The node that the canary would need is gone.
  failingDeployment({
    id: 'no-gpu',
    title: 'No GPU is left for the canary',
    story: 'The node with the spare GPU is taken away before the deployment.',
    promised:
      'The canary stays unscheduled, the rollout is given up at its progress deadline, and the reason names the resource.',
    reason: /Insufficient nvidia\.com\/gpu|nodes are available/,
    before: (stage) => stage.removeSpareNodes(),
    after: (stage) => stage.returnSpareNodes(),
  }),
  failingDeployment({
    id: 'crash-loop',
    title: 'A revision that crashes as it starts',
    story: 'The engine of the new revision exits a moment after each start.',
    promised:
      'The deployment fails after three crashes and names container and exit code; no request was ever sent to it.',
    reason: /container engine crashed \d+ times/,
    profile: PROFILES.crashingAtStart,
  }),
  failingDeployment({
    id: 'crashing',
    title: 'A revision that crashes at work',
    story:
      'The engine core of the new revision dies some seconds after each start, in the middle of its answers. The process ends with exit code 0.',
    promised: 'The release ends the canary at its first crash.',
    // The process takes its counts with it, and may answer again before four requests in a row were without an answer.
    reason: /metric (?:synthetic-request|unfinished-answers) [^|\n]*|container engine ended while it served [^|\n]*/,
    profile: PROFILES.crashing,
    losses: 'of the new revision',
  }),
  failingDeployment({
    id: 'never-ready',
    title: 'A pod that never becomes ready',
    story: 'The engine of the new revision never passes its startup probe.',
    promised: 'The rollout is given up at its progress deadline; no request was ever sent to the new revision.',
    reason: /was aborted|not ready|crashed|has not (?:become|been)/,
    profile: PROFILES.neverReady,
  }),
  failingDeployment({
    id: 'errors',
    title: 'A revision that answers with errors',
    story: 'Every third answer of the new revision is a server error.',
    promised: 'The gate on errors aborts the canary and names the share of failed requests and its limit.',
    reason: /metric error-ratio was [\d.]+, limit at most [\d.]+/,
    profile: PROFILES.erroring,
  }),
  failingDeployment({
    id: 'hanging',
    title: 'A revision that hangs',
    story: 'The new revision stops working on requests while its health check still answers.',
    promised: 'The gate on forward progress aborts the canary.',
    reason:
      /metric (?:(?:synthetic-request|forward-progress|unfinished-answers|requests|time-to-first-token) was|synthetic-request got no answer)/,
    profile: PROFILES.hanging,
    losses: 'of the new revision',
  }),
  // Kubernetes' own defaults: 30 seconds of grace, and nobody waits for requests to end elsewhere.
  {
    id: 'fault-no-drain',
    title: 'Pods without the drain rule lose requests',
    story:
      "A revision ships with Kubernetes' defaults (a grace period of 30 s, no preStop, no shutdown timeout), and is then replaced like any other.",
    promised:
      'Requests are lost: without the drain rule the same change costs callers answers, and the count of lost requests can fail.',
    losses: 'some',
    async run(stage, record) {
      const old = await stage.servingRevision();
      const careless = await stage.deployRevision(record, freshRevision(), PROFILES.good, {
        tamper: { 'Serving-chat': { objects: (objects) => objects.map(withoutDrain) } },
      });
      assertSucceeds(record, 'the revision without a drain is deployed', careless);
      const before = await record.counters();
      record.assert(
        'no request was lost until then',
        before.lost + before.timeouts === 0,
        JSON.stringify(before.causes),
      );
      const replaced = await stage.deployRevision(record, old, PROFILES.better);
      assertSucceeds(record, 'it is replaced', replaced);
    },
  },
];

function withoutDrain(object: KubernetesObject): KubernetesObject {
  if (object.kind !== 'Rollout') return object;
  const changed = structuredClone(object);
  const { spec: pod } = (changed.spec as { template: { spec: PodSpec } }).template;
  pod.terminationGracePeriodSeconds = 30;
  for (const container of pod.containers) {
    delete container.lifecycle;
    container.args = container.args?.filter((argument) => !argument.startsWith('--shutdown-timeout'));
  }
  return changed;
}
