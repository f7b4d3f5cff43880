/** What the simulated engine obeys of a container: flags of `vllm serve`, and the version in the image's tag. */
export interface EngineArgs {
  /** Name under which the model is served. @default - whatever a request asks for */
  readonly modelName?: string;
  /** Requests that run at once; the others wait. */
  readonly maxNumSeqs: number;
  /** Tokens of a prompt and its answer together; Infinity where no flag bounds it. */
  readonly maxModelLength: number;
  /** Seconds that requests in flight get after SIGTERM; 0 aborts them at once. */
  readonly shutdownTimeout: number;
  /** Version of vLLM. @default - the image does not tell it */
  readonly version?: string;
}

/**
 * vLLM's own defaults where a flag is absent.
 *
 * @param image reference of the container's image; its tag names the version
 */
export function parseEngineArgs(args: readonly string[], image = ''): EngineArgs {
  const flags = new Map<string, string>();
  args.forEach((arg, index) => {
    const [name, value] = arg.split(/=(.*)/s);
    if (name.startsWith('--')) {
      const next = args[index + 1];
      flags.set(name, value ?? (next !== undefined && !next.startsWith('--') ? next : ''));
    }
  });
  return {
    modelName: flags.get('--served-model-name') || flags.get('--model'),
    maxNumSeqs: numberFlag(flags, '--max-num-seqs', 256),
    maxModelLength: numberFlag(flags, '--max-model-len', Infinity),
    shutdownTimeout: numberFlag(flags, '--shutdown-timeout', 0),
    version: /:v?(\d+\.\d+(?:\.\d+)?)[^/]*$/.exec(image)?.[1],
  };
}

function numberFlag(flags: ReadonlyMap<string, string>, name: string, otherwise: number): number {
  const given = flags.get(name);
  if (given === undefined) {
    return otherwise;
  }
  const value = Number(given);
  if (given === '' || !Number.isFinite(value) || value < 0) {
    throw new Error(`${name}: expected a number of 0 or more, got '${given}'; correct the container's args`);
  }
  return value;
}
