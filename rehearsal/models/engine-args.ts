import { parseArgs } from 'node:util';

/** What the simulated engine obeys of a container: flags of `vllm serve`, and the version in the image's tag. */
export interface EngineArgs {
  /** Name under which the model is served. @default - whatever a request asks for */
  readonly modelName?: string;
  /** Requests that run at once; the others wait. */
  readonly maxNumSeqs: number;
  /** Tokens of a prompt and its answer together; Infinity where no flag bounds it. */
  readonly maxModelLen: number;
  /** Seconds that requests in flight get after SIGTERM; 0 aborts them at once. */
  readonly shutdownTimeout: number;
  /** Version of vLLM. @default - the image does not give it */
  readonly version?: string;
}

const FLAG = { type: 'string' } as const;
const FLAGS = {
  'served-model-name': FLAG,
  model: FLAG,
  'max-num-seqs': FLAG,
  'max-model-len': FLAG,
  'shutdown-timeout': FLAG,
};

/**
 * vLLM's own defaults where a flag is absent.
 *
 * @param image reference of the container's image; its tag names the version
 */
export function parseEngineArgs(args: readonly string[], image = ''): EngineArgs {
  // The engine has many more flags than the simulation obeys.
  const { values } = parseArgs({ args: [...args], options: FLAGS, strict: false });
  // A flag without a value is given as true.
  const text = (name: keyof typeof FLAGS): string | undefined =>
    values[name] === true ? '' : (values[name] as string | undefined);
  const number = (name: keyof typeof FLAGS, otherwise: number): number => {
    const given = text(name);
    if (given === undefined) return otherwise;
    const value = Number(given);
    if (given === '' || !Number.isFinite(value) || value < 0)
      throw new Error(`--${name}: expected a number of 0 or more, got '${given}'; correct the container's args`);
    return value;
  };
  return {
    modelName: text('served-model-name') || text('model'),
    maxNumSeqs: number('max-num-seqs', 256),
    maxModelLen: number('max-model-len', Infinity),
    shutdownTimeout: number('shutdown-timeout', 0),
    version: /:v?(\d+\.\d+(?:\.\d+)?)[^/]*$/.exec(image)?.[1],
  };
}
