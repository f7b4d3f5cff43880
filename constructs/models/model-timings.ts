import { type Duration } from 'aws-cdk-lib';

/** How long the parts of a replica's life take; whole seconds that are known at synth. */
export interface ModelTimings {
  /**
   * Longest time from the start of the container until the model answers: download, load, compile.
   *
   * @default Duration.minutes(20)
   */
  readonly startupBudget?: Duration;

  /**
   * Longest time until a node with a free GPU is there and has pulled the image.
   *
   * @default Duration.minutes(15)
   */
  readonly capacityBudget?: Duration;

  /**
   * Time that a pod is expected to wait for a new node, where nodes start when pods ask for them. Rollouts are planned with it for each step
   * that needs more nodes than there were.
   *
   * @default Duration.seconds(0), with nodes that are there at all times
   */
  readonly expectedNodeWait?: Duration;

  /**
   * Time that a new replica is expected to take until it is ready. Rollouts are planned with it.
   *
   * @default - half of the startup budget
   */
  readonly expectedStartup?: Duration;

  /**
   * Time between two readiness probes; liveness is probed half as often.
   *
   * @default Duration.seconds(5)
   */
  readonly probePeriod?: Duration;

  /**
   * Time between two scrapes of the metrics.
   *
   * @default Duration.seconds(15)
   */
  readonly scrapeInterval?: Duration;

  /**
   * Time between the end of a pod being announced and its engine being told, in which load balancers stop sending.
   *
   * @default Duration.seconds(15)
   */
  readonly preStop?: Duration;

  /**
   * Time that requests in flight then get to finish: the longest answer that is streamed. Those that take longer get no answer and no
   * end either, until the pod is killed.
   *
   * @default Duration.seconds(60)
   */
  readonly shutdownTimeout?: Duration;

  /**
   * Time until the pod is killed; at least `preStop + shutdownTimeout + 30 seconds`, in which the engine frees its GPUs. More is of use to
   * no request, and makes a pod that hangs keep its GPUs for longer.
   *
   * @default - that sum
   */
  readonly terminationGracePeriod?: Duration;
}
