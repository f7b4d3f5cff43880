import { ClusterClient } from './cluster-client';
import { eksToken } from './eks-token';
import { reconcile } from './reconcile';
import { ReleaseStore } from './release-store';
import { type ProviderEvent, readRequest } from './request';

/** Milliseconds one tick watches the cluster. */
const TICK = 25_000;

/**
 * Validates a request and stamps its start.
 *
 * Nothing else happens here: an error on Create would mean that CloudFormation never sends the Delete.
 */
export function onEvent(event: ProviderEvent): Promise<object> {
  const request = readRequest(event);
  return Promise.resolve({
    PhysicalResourceId: `${process.env.CLUSTER_NAME}/${request.namespace}/${request.name}`,
    StartedAt: Date.now(),
  });
}

/** One tick of a request; throws what CloudFormation is to show as its reason. */
export async function isComplete(event: ProviderEvent): Promise<object> {
  const request = readRequest(event);
  const { CLUSTER_NAME = '', CLUSTER_ENDPOINT = '', CLUSTER_CA = '', RELEASE_BUCKET = '', AWS_REGION = '' } = process.env;
  const client = new ClusterClient({
    server: CLUSTER_ENDPOINT,
    ca: Buffer.from(CLUSTER_CA, 'base64'),
    token: await eksToken(CLUSTER_NAME, AWS_REGION),
  });
  const outcome = await reconcile(request, {
    client,
    source: new ReleaseStore(RELEASE_BUCKET),
    until: Date.now() + TICK,
    now: Date.now,
  });
  if (outcome.waitingFor) console.log(`${request.type} ${request.namespace}/${request.name} waits for ${outcome.waitingFor}`);
  return { IsComplete: outcome.complete };
}
