/** Stops the control plane of the cluster tests. */
export default async function globalTeardown(): Promise<void> {
  await globalThis.testRun?.stop();
}
