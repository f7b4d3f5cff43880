import { isUnresolved } from '../checks/unresolved';
import { atLeast } from './engine-version';

/** Something that vLLM does from one version on. */
interface VllmChange {
  /** First version that does it. */
  readonly from: string;
  /** Where that was seen. "Measured" is on the real server, on CPUs; "read" is in the sources of the wheel on PyPI. */
  readonly source: string;
}

/** Version of vLLM that a model gets which names none: the newest that was measured. */
export const DEFAULT_VLLM_VERSION = '0.32.0';

/** What differs between versions of vLLM and changes what a pod, a gate or a placement has to be. */
export const VLLM_CHANGES = {
  /** It has `--shutdown-timeout`: on SIGTERM requests in flight get time to finish. */
  shutdownTimeout: { from: '0.18', source: 'vllm #36666; measured in 0.18.1' },

  /**
   * Requests that the client got wrong are counted 4xx, as they are answered. Before, most are counted 5xx: a prompt that is too long, a
   * bad parameter or schema.
   */
  countsMistakesAsMistakes: {
    from: '0.26',
    source:
      'vllm #44303; measured 5xx in 0.18.1 and 4xx in 0.32.0; read: the handler of ValueError is missing in 0.25.1, that of VLLMValidationError alone is there from 0.23.0',
  },

  /**
   * It handles SIGTERM itself: requests in flight finish, new ones are answered 500, `/health` answers 200 to the end. Before, uvicorn
   * replaces its handler, and the release of uvicorn in the image decides: 0.43.0 and 0.44.0 (April 2026) drop every request in flight,
   * others let them finish and refuse connections.
   */
  handlesSigterm: {
    from: '0.27',
    source:
      'vllm #49668, #50916; uvicorn #2829, #2913; measured in 0.18.1 with uvicorn 0.42.0 and 0.44.0, and in 0.32.0; read: 0.26.0 registers its handler before uvicorn',
  },

  /** A context stretched by YaRN is what `max_position_embeddings` says. Before, the original one is multiplied with the factor. */
  takesYarnAsItStands: { from: '0.30', source: 'read: `_get_and_verify_max_len` of 0.29.0 and 0.30.0' },

  /** Adapters may bring a head for classification (`modules_to_save`). */
  loadsClassificationHeads: { from: '0.31', source: 'read: `peft_helper.py` of 0.30.0 and 0.31.0' },

  /**
   * Adapters may have ranks and factors that differ by layer, and those that a base model of its own belongs to are refused. Before, both
   * load and answer wrongly.
   */
  readsPatterns: { from: '0.32', source: 'read: `peft_helper.py` of 0.31.0 and 0.32.0' },
} as const satisfies { readonly [change: string]: VllmChange };

/**
 * Whether a version of vLLM does something. Development versions such as `0.33.1.dev5` count as the release that they lead to; a version
 * that only a deployment knows counts as the oldest that is supported, whose pods only end later than they might.
 *
 * @param version version of vLLM, such as `0.32.0`
 */
export function vllmDoes(change: keyof typeof VLLM_CHANGES, version: string | undefined): boolean {
  const known = version !== undefined && !isUnresolved(version) && /^\d/.test(version);
  return atLeast(known ? version : VLLM_CHANGES.shutdownTimeout.from, VLLM_CHANGES[change].from);
}

/** What a version of vLLM costs that newer ones do not, one notice per line. */
export function vllmNotices(version: string | undefined): string[] {
  const name = isUnresolved(version) ? 'a vLLM whose version only the deployment knows' : `vLLM ${version}`;
  return [
    ...(vllmDoes('handlesSigterm', version)
      ? []
      : [
          `${name} leaves SIGTERM to the web server in its image, some releases of which drop requests in flight: it is held back, so every pod that ends takes preStop and shutdownTimeout; ` +
            `${VLLM_CHANGES.handlesSigterm.from} and newer end as soon as their requests have`,
        ]),
    ...(vllmDoes('countsMistakesAsMistakes', version)
      ? []
      : [
          `${name} counts most requests that clients got wrong as 5xx: gates compare everything that was not answered 2xx, and the alarm on errors counts clients' mistakes; ` +
            `${VLLM_CHANGES.countsMistakesAsMistakes.from} and newer tell them apart`,
        ]),
  ];
}
