/** The flags of `vllm serve` that the simulated engine obeys. */
export interface EngineArgs {
  /** Name under which the model is served. */
  readonly modelName: string;
  /** Requests that run at once; the others wait. */
  readonly maxNumSeqs: number;
  /** Seconds that requests in flight get after SIGTERM; 0 aborts them at once. */
  readonly shutdownTimeout: number;
}

/** vLLM's own defaults where a flag is absent. */
export function parseEngineArgs(args: readonly string[]): EngineArgs {
  const flags = new Map<string, string>();
  args.forEach((arg, index) => {
    const [name, value] = arg.split(/=(.*)/s);
    if (name.startsWith('--')) {
      const next = args[index + 1];
      flags.set(name, value ?? (next !== undefined && !next.startsWith('--') ? next : ''));
    }
  });
  return {
    modelName: flags.get('--served-model-name') || flags.get('--model') || 'model',
    maxNumSeqs: numberFlag(flags, '--max-num-seqs', 256),
    shutdownTimeout: numberFlag(flags, '--shutdown-timeout', 0),
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
