import { type ReleaseOperation } from '../constructs/kubernetes/contract/release-operations';
import { JUDGEMENT_ATTRIBUTE } from '../constructs/kubernetes/contract/names';
import { ReleaseTier } from '../constructs/kubernetes/contract/release-tier';
import { ClusterClient } from '../kubernetes-client/cluster-client';
import { eksToken } from '../kubernetes-client/eks-token';
import { inOneLine } from './failure';
import { operate as carryOut } from './operate';
import { reconcile } from './reconcile';
import { ReleaseStore } from './release-store';
import { type ProviderEvent, readRequest } from './request';
import { type Dependencies, TICK } from './session';

/**
 * Validates a request and stamps its start.
 *
 * Nothing else happens here: an error on Create would mean that CloudFormation never sends the Delete.
 */
export async function onEvent(event: ProviderEvent): Promise<object> {
  return inOneLine(() => {
    const request = readRequest(event);
    return Promise.resolve({
      PhysicalResourceId: `${process.env.CLUSTER_NAME}/${request.namespace}/${request.name}`,
      StartedAt: Date.now(),
    });
  });
}

/** One tick of a request; throws what CloudFormation is to show as its reason. */
export async function isComplete(event: ProviderEvent): Promise<object> {
  return inOneLine(async () => {
    const request = readRequest(event);
    const outcome = await reconcile(request, await dependencies());
    if (outcome.waitingFor)
      console.log(`${request.type} ${request.namespace}/${request.name} waits for ${outcome.waitingFor}`);
    // Every answer to a deployment has it, so that a template may ask for it.
    return {
      IsComplete: outcome.complete,
      ...(outcome.complete
        ? { Data: { [JUDGEMENT_ATTRIBUTE]: outcome.judgement ?? 'no gate was asked: it holds no rollout' } }
        : {}),
    };
  });
}

/** What a person asks of the releases of this tier. */
export async function operate(event: ReleaseOperation): Promise<object> {
  return inOneLine(async () => carryOut(event, tier(), await dependencies()));
}

function tier(): ReleaseTier {
  return process.env.RELEASE_TIER === ReleaseTier.PLATFORM ? ReleaseTier.PLATFORM : ReleaseTier.MODEL;
}

async function dependencies(): Promise<Dependencies> {
  const {
    CLUSTER_NAME = '',
    CLUSTER_ENDPOINT = '',
    CLUSTER_CA = '',
    RELEASE_BUCKET = '',
    AWS_REGION = '',
    QUERY_INTERVAL_SECONDS = '',
  } = process.env;
  return {
    client: new ClusterClient({
      server: CLUSTER_ENDPOINT,
      ca: Buffer.from(CLUSTER_CA, 'base64'),
      token: await eksToken(CLUSTER_NAME, AWS_REGION),
    }),
    source: new ReleaseStore(RELEASE_BUCKET, tier()),
    until: Date.now() + TICK,
    now: Date.now,
    interval: Number(QUERY_INTERVAL_SECONDS) * 1000,
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  };
}
