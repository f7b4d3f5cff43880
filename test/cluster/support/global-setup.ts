import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ControlPlane } from '../../../lib/rehearsal/platform/control-plane';
import { Cleanup } from '../../../lib/rehearsal/platform/cleanup';
import { ManagedProcess } from '../../../lib/rehearsal/platform/managed-process';
import { choosePorts } from '../../../lib/rehearsal/platform/ports';

declare global {
  // Jest hands nothing but globals from the set-up to the tear-down.
  var testCluster: Cleanup | undefined;
}

/** Starts a real control plane for all cluster tests, and tells them by an environment variable how to reach it. */
export default async function globalSetup(): Promise<void> {
  const bin = process.env.TESTBIN!;
  const runDirectory = mkdtempSync(join(tmpdir(), 'llm-platform-test-'));
  const cleanup = new Cleanup(() => undefined);
  globalThis.testCluster = cleanup;
  cleanup.defer('run directory', () => rmSync(runDirectory, { recursive: true, force: true }));
  cleanup.handleSignals();
  const ports = await choosePorts({ names: ['etcd', 'etcdPeer', 'apiServer', 'controllerManager', 'scheduler', 'kwok'] });
  const of = (name: string) => join(bin, name);
  const controlPlane = await ControlPlane.start({
    binaries: {
      etcd: of('etcd'), kwok: of('kwok'), 'kube-apiserver': of('kube-apiserver'),
      'kube-controller-manager': of('kube-controller-manager'), 'kube-scheduler': of('kube-scheduler'),
    },
    ports: ports as never,
    runDirectory,
    clusterName: 'test',
    tokenReviewUrl: 'http://127.0.0.1:9/nobody',
    start: async (spec) => {
      const managed = await ManagedProcess.start({ ...spec, cwd: runDirectory, logDirectory: runDirectory, env: { PATH: process.env.PATH, HOME: runDirectory } });
      cleanup.defer(spec.name, () => managed.kill());
      return managed;
    },
    nodes: [{ namePrefix: 'system', count: 1, instanceType: 'm7i.xlarge', cpu: 64, memoryGiB: 256 }],
  });
  process.env.TEST_CLUSTER_ACCESS = JSON.stringify({ server: controlPlane.url, ca: controlPlane.certificateAuthority, token: controlPlane.adminToken });
}
