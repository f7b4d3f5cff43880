import { createHash } from 'node:crypto';
import type { HubFile, HubModel } from './hub';
import type { Acknowledgments } from './manifest';
import { folderOf, foldersLeft, INDEXES, some, weightsOf } from './weights-set';

/** What an import asks for. */
export interface SelectionRequest {
  /** Licenses that the environment allows, as the hub spells them, such as `apache-2.0`. */
  readonly allowedLicenses: readonly string[];
  readonly acknowledgments: Acknowledgments;
  /**
   * Files of weights to take, where a repository holds several sets.
   *
   * @default - the set that its index names; without one the files that engines look for
   */
  readonly weights?: readonly string[];
}

/** Configuration, tokenizers (SentencePiece and tiktoken among them), chat templates, and the model card with its license. */
const COMPANIONS = /\.(json|txt|model|tiktoken|jinja|md)$|(^|\/)(LICENSE|NOTICE|USE_POLICY)[^/]*$/i;

/** Files that may name code of the repository under `auto_map`. */
const CONFIGURATIONS = /(^|\/)(config|tokenizer_config|processor_config|preprocessor_config|generation_config)\.json$/;

/** The files that are read to select others: those that can ask for code of the repository, and the indexes of its weights. */
export function configurationsOf(model: HubModel): HubFile[] {
  return model.files.filter(({ path }) => CONFIGURATIONS.test(path) || INDEXES.includes(path));
}

/**
 * The files of a model that are imported: one set of weights, and what belongs to it.
 *
 * @param configurations contents of the `configurationsOf` the model, by path
 * @throws when something about the model is not acknowledged or allowed; the error lists every problem.
 */
export function selectFiles(
  model: HubModel,
  configurations: ReadonlyMap<string, string>,
  request: SelectionRequest,
): HubFile[] {
  const { acknowledgments } = request;
  const { files: weights, pickles, problems: setProblems } = weightsOf(model.files, configurations, request.weights);
  const asking = [...configurations].filter(([, text]) => asksForCode(text)).map(([path]) => path);
  const problems = [
    ...licenseProblems(model.license, request.allowedLicenses),
    ...setProblems,
    ...(!pickles || isReason(acknowledgments.pickles)
      ? []
      : [
          `pickles: expected safetensors, got ${some(weights.map(({ path }) => path))}; reading a pickle runs code, convert it or acknowledge it with a reason`,
        ]),
    ...(asking.length === 0 || isReason(acknowledgments.remoteCode)
      ? []
      : [
          `remoteCode: expected a model without code of its own, got auto_map in ${some(asking)}; take a model that the engine knows, or acknowledge it with a reason`,
        ]),
  ];
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const code = asking.length > 0 ? model.files.filter(({ path }) => path.endsWith('.py')) : [];
  const left = foldersLeft(model.files, weights);
  const companions = model.files.filter(
    ({ path }) => COMPANIONS.test(path) && !path.startsWith('.') && !left.has(folderOf(path)),
  );
  return [...new Set([...weights, ...code, ...companions])].sort((one, other) => (one.path < other.path ? -1 : 1));
}

/**
 * Names a selection by what is in it. Another selection of the same commit lies elsewhere, so that no release finds files
 * that its manifest does not name.
 */
export function selectionId(files: readonly HubFile[]): string {
  return createHash('sha256')
    .update(JSON.stringify(files.map(({ path, size, blobId }) => [path, size, blobId])))
    .digest('hex')
    .slice(0, 12);
}

function licenseProblems(license: string | undefined, allowed: readonly string[]): string[] {
  return license !== undefined && allowed.includes(license)
    ? []
    : [
        `license: expected one of ${allowed.join(', ') || '(none is allowed)'}, got ${license ?? 'none in the model card'}; have it reviewed and add it to the environment's list, or choose another model`,
      ];
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
