import { createHash } from 'node:crypto';
import type { HubFile, HubModel } from './hub';
import type { Acknowledgements } from './manifest';

/** What an import asks for. */
export interface SelectionRequest {
  /** Licences that the environment allows, as the hub spells them, such as `apache-2.0`. */
  readonly allowedLicences: readonly string[];
  readonly acknowledgements: Acknowledgements;
  /**
   * Files of weights to take, where a repository holds several sets.
   *
   * @default - all
   */
  readonly weights?: readonly string[];
}

/** Weights in formats that hold numbers and nothing that runs. */
const WEIGHTS = /\.(safetensors|gguf)$/;

/** Python's pickle in its usual disguises: reading one runs what it says. */
const PICKLES = /\.(bin|pt|pth|pkl|pickle|ckpt)$/;

/** Configuration, tokenizers (SentencePiece and tiktoken among them), chat templates, and the model card with its licence. */
const COMPANIONS = /\.(json|txt|model|tiktoken|jinja|md)$|(^|\/)(LICENSE|NOTICE|USE_POLICY)[^/]*$/i;

/** Files that may name code of the repository under `auto_map`. */
const CONFIGURATIONS = /(^|\/)(config|tokenizer_config|processor_config|preprocessor_config|generation_config)\.json$/;

/** The files that can ask for code of the repository. */
export function configurationsOf(model: HubModel): HubFile[] {
  return model.files.filter(({ path }) => CONFIGURATIONS.test(path));
}

/**
 * The files of a model that are imported.
 *
 * @param configurations contents of the `configurationsOf` the model, by path
 * @throws when something about the model is not acknowledged or allowed; the error lists every problem.
 */
export function selectFiles(model: HubModel, configurations: ReadonlyMap<string, string>, request: SelectionRequest): HubFile[] {
  const { acknowledgements } = request;
  const named = (path: string) => request.weights === undefined || request.weights.includes(path);
  const safe = model.files.filter(({ path }) => WEIGHTS.test(path) && named(path));
  const pickles = safe.length > 0 ? [] : model.files.filter(({ path }) => PICKLES.test(path) && named(path));
  const asking = [...configurations].filter(([, text]) => asksForCode(text)).map(([path]) => path);
  const problems = [
    ...licenceProblems(model.licence, request.allowedLicences),
    ...(request.weights ?? []).filter((path) => !model.files.some((file) => file.path === path))
      .map((path) => `weights: expected files of the repository, got ${JSON.stringify(path)}; copy the name from its page`),
    ...(safe.length + pickles.length > 0 ? [] : ['weights: expected .safetensors or .gguf files, got none; choose a repository that holds them']),
    ...(pickles.length === 0 || isReason(acknowledgements.pickles)
      ? []
      : [`pickles: expected safetensors, got ${some(pickles.map(({ path }) => path))}; reading a pickle runs code, convert it or acknowledge it with a reason`]),
    ...(asking.length === 0 || isReason(acknowledgements.remoteCode)
      ? []
      : [`remoteCode: expected a model without code of its own, got auto_map in ${some(asking)}; take a model that the engine knows, or acknowledge it with a reason`]),
  ];
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const code = asking.length > 0 ? model.files.filter(({ path }) => path.endsWith('.py')) : [];
  const companions = model.files.filter(({ path }) => COMPANIONS.test(path) && !path.startsWith('.'));
  return [...new Set([...safe, ...pickles, ...code, ...companions])].sort((one, other) => (one.path < other.path ? -1 : 1));
}

/**
 * Names a selection by what is in it. Another selection of the same commit lies elsewhere, so that no release finds files
 * that its manifest does not name.
 */
export function selectionId(files: readonly HubFile[]): string {
  return createHash('sha256').update(JSON.stringify(files.map(({ path, size, blobId }) => [path, size, blobId]))).digest('hex').slice(0, 12);
}

function licenceProblems(licence: string | undefined, allowed: readonly string[]): string[] {
  return licence !== undefined && allowed.includes(licence)
    ? []
    : [`licence: expected one of ${allowed.join(', ') || '(none is allowed)'}, got ${licence ?? 'none in the model card'}; have it reviewed and add it to the environment's list, or choose another model`];
}

function asksForCode(text: string): boolean {
  try {
    return 'auto_map' in (JSON.parse(text) as object);
  } catch {
    // What is no JSON, an engine cannot read either; it is imported as it is and fails there with the engine's own words.
    return false;
  }
}

/** A reason says more than a word. */
function isReason(text: string | undefined): boolean {
  return text !== undefined && text.trim().length >= 20;
}

function some(paths: readonly string[]): string {
  return paths.length > 3 ? `${paths.slice(0, 3).join(', ')} and ${paths.length - 3} more` : paths.join(', ');
}
