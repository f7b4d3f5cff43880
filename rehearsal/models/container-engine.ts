import type { Container } from 'kubernetes-types/core/v1';
import { SimulatedEngine } from './engine';
import { parseEngineArgs } from './engine-args';
import type { RevisionProfile } from './profiles';

/** The running engine of a container: what the kubelet can do to a process. */
export interface ContainerEngine {
  /** Loopback port that stands for the container's. */
  readonly port: number;
  /** SIGTERM. */
  terminate(): void | Promise<void>;
  /** SIGKILL. */
  kill(): void;
}

/** One start of a container. */
export interface EngineStart {
  /** The container as the pod spec holds it. */
  readonly spec: Container;
  /** Name of the pod. */
  readonly pod: string;
  /** Model revision of the pod. */
  readonly revision: string;
  /** Read again and again, so that it can be changed under a running engine. */
  readonly profile: () => RevisionProfile;
  /** Port of the start before, 0 before the first one; taken again if it is free. */
  readonly port: number;
  /** Called once when the engine has ended, with the exit code that a container would show. */
  readonly onExit: (exitCode: number) => void;
}

/** Runs the engines of containers, as a container runtime does. */
export interface IEngineRuntime {
  /** What the status of a pod shows as `imageID`. */
  readonly imageId: string;
  /** @throws ContainerError when the container cannot be created */
  start(start: EngineStart): Promise<ContainerEngine>;
}

/** Why a container is not created, in the words of the kubelet. */
export class ContainerError extends Error {
  constructor(
    public readonly reason: 'ErrImagePull' | 'CreateContainerConfigError',
    message: string,
  ) {
    super(message);
  }
}

/** Every engine is simulated, whatever the image. */
export const SIMULATED_ENGINES: IEngineRuntime = {
  imageId: 'simulated',
  start: ({ spec, profile, port, onExit }) =>
    SimulatedEngine.start({
      args: parseEngineArgs([...(spec.command ?? []), ...(spec.args ?? [])], spec.image),
      profile,
      port,
      onExit,
    }),
};
