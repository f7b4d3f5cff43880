import { cacheDirectory, locateCrds } from '../../../rehearsal/platform';
import { locatePrograms } from '../../../rehearsal/platform/binaries';
import { CONTROL_PLANE_PORTS, ControlPlane } from '../../../rehearsal/platform/control-plane';
import { choosePorts } from '../../../rehearsal/platform/ports';
import { Run } from '../../../rehearsal/platform/run';

declare global {
  // Jest hands nothing but globals from the set-up to the tear-down.
  var testRun: Run | undefined;
}

/** Starts a real control plane for all cluster tests, and tells them by environment variables how to reach it. */
export default async function globalSetup(): Promise<void> {
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const cache = cacheDirectory();
  const ports = await choosePorts(CONTROL_PLANE_PORTS);
  const run = new Run(cache, log);
  globalThis.testRun = run;
  try {
    const programs = await locatePrograms({ cacheDirectory: cache, log });
    const controlPlane = new ControlPlane({
      programs,
      ports,
      runDirectory: run.directory,
      clusterName: 'test',
      // Nobody answers there: the tests are the administrator, by a token of its own.
      tokenReviewUrl: 'http://127.0.0.1:9/',
      start: run.start,
      nodes: [{ namePrefix: 'system', count: 1, instanceType: 'm7i.24xlarge', cpu: 96, memoryGiB: 384 }],
    });
    await controlPlane.launch();
    process.env.TEST_CLUSTER_ACCESS = JSON.stringify({
      server: controlPlane.url,
      ca: controlPlane.certificateAuthority,
      token: controlPlane.adminToken,
    });
    process.env.TEST_CLUSTER_KUBECONFIG = controlPlane.kubeconfig;
    process.env.TEST_CLUSTER_CRDS = await locateCrds({ cacheDirectory: cache });
  } catch (error) {
    await run.stop();
    throw error;
  }
}
