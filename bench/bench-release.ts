import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type ClusterAccess, ClusterClient } from '../kubernetes-client/cluster-client';
import { reconcile } from '../handler/reconcile';
import { type ReleaseSource } from '../handler/release-store';
import { type KubernetesObject } from '../constructs/kubernetes/contract/release-document';
import { locatePrograms } from '../rehearsal/platform/binaries';
import { cacheDirectory } from '../rehearsal/platform/cache';
import { CONTROL_PLANE_PORTS, ControlPlane } from '../rehearsal/platform/control-plane';
import { choosePorts } from '../rehearsal/platform/ports';
import { Run } from '../rehearsal/platform/run';
import { type BenchOptions } from './bench-command';
import { type Figure, figure } from './figure';
import { interleave } from './interleave';
import { locateKubectl } from './kubectl';
import { releaseObjects } from './release-objects';

const run = promisify(execFile);
const ROUNDS = 5;

/** Milliseconds of the first apply, which creates, and of the same apply once more. */
interface Applied {
  readonly create: number;
  readonly again: number;
}

/** A release of 500 objects applied by the handler, beside kubectl's server-side apply of the same, on a real API server. */
export async function benchRelease(options: BenchOptions, log: (line: string) => void): Promise<Figure[]> {
  const cache = cacheDirectory();
  const programs = await locatePrograms({ directory: options.binaries, cacheDirectory: cache, log });
  const kubectl = await locateKubectl({ file: options.kubectl, cacheDirectory: cache, log });
  const session = new Run(cache, log);
  try {
    const ports = await choosePorts(CONTROL_PLANE_PORTS);
    const controlPlane = new ControlPlane({
      programs,
      ports,
      runDirectory: session.directory,
      clusterName: 'bench',
      // No one signs in with a token of AWS here.
      tokenReviewUrl: 'http://127.0.0.1:9/nobody',
      start: session.start,
    });
    await controlPlane.launch();
    const access: ClusterAccess = {
      server: controlPlane.url,
      ca: controlPlane.certificateAuthority,
      token: controlPlane.adminToken,
    };
    const samples = await interleave(
      ROUNDS,
      {
        handler: () => inNamespace(access, (objects) => applyByHandler(access, objects)),
        kubectl: () =>
          inNamespace(access, (objects) =>
            applyByKubectl(kubectl, controlPlane.kubeconfig, session.directory, objects),
          ),
      },
      log,
    );
    return [
      compared('created', samples, ({ create }) => create),
      compared('applied again without a change', samples, ({ again }) => again),
    ];
  } finally {
    await session.stop();
  }
}

function compared(
  what: string,
  samples: Readonly<Record<'handler' | 'kubectl', readonly Applied[]>>,
  valueOf: (applied: Applied) => number,
): Figure {
  return figure({
    what: `500 objects ${what} by the release handler, until all are healthy and remembered`,
    unit: 'ms',
    samples: samples.handler.map(valueOf),
    baseline: {
      what: 'kubectl apply --server-side --force-conflicts of the same, which waits for nothing',
      samples: samples.kubectl.map(valueOf),
    },
  });
}

async function inNamespace(
  access: ClusterAccess,
  measure: (objects: KubernetesObject[]) => Promise<Applied>,
): Promise<Applied> {
  const namespace = `bench-${randomUUID().slice(0, 8)}`;
  await new ClusterClient(access).create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  return measure(releaseObjects(namespace));
}

async function applyByHandler(access: ClusterAccess, objects: KubernetesObject[]): Promise<Applied> {
  const apply = (type: 'Create' | 'Update') =>
    timed(async () => {
      // Each deployment may find a handler that was not running: the client with its discovery is part of it.
      const client = new ClusterClient(access);
      const startedAt = Date.now();
      const request = {
        type,
        id: randomUUID(),
        startedAt,
        owner: 'bench',
        name: 'bench',
        namespace: objects[0].metadata.namespace!,
        bucket: 'bench',
        key: 'bench',
        sha256: '',
        values: {},
        deadlineSeconds: 300,
        detached: false,
        deleteEverything: false,
        adopt: false,
      };
      for (let complete = false; !complete; ) {
        ({ complete } = await reconcile(request, {
          client,
          source: sourceOf(objects),
          until: Date.now() + 25_000,
          now: Date.now,
          interval: 1000,
          sleep: (milliseconds) => setTimeout(milliseconds),
        }));
      }
    });
  return { create: await apply('Create'), again: await apply('Update') };
}

/** A source that holds one release, and remembers nothing. */
function sourceOf(objects: KubernetesObject[]): ReleaseSource {
  return {
    load: () => Promise.resolve(objects),
    record: () => Promise.resolve(undefined),
    keep: () => Promise.resolve(),
    records: () => Promise.resolve([]),
  };
}

async function applyByKubectl(
  kubectl: string,
  kubeconfig: string,
  directory: string,
  objects: KubernetesObject[],
): Promise<Applied> {
  const file = join(directory, 'objects.json');
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  const apply = () =>
    timed(async () => {
      await run(
        kubectl,
        [
          '--kubeconfig',
          kubeconfig,
          '--cache-dir',
          join(directory, 'kubectl-cache'),
          'apply',
          '--server-side',
          '--force-conflicts',
          '-f',
          file,
        ],
        { maxBuffer: 64 * 1024 * 1024 },
      );
    });
  return { create: await apply(), again: await apply() };
}

async function timed(action: () => Promise<void>): Promise<number> {
  const started = process.hrtime.bigint();
  await action();
  return Number(process.hrtime.bigint() - started) / 1e6;
}
