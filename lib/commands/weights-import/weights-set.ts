import type { HubFile } from './hub';

/** Files that say which others hold the weights, in the order in which engines look for them. */
export const INDEXES: readonly string[] = ['model.safetensors.index.json', 'pytorch_model.bin.index.json'];

/** Weights in formats that hold numbers and nothing that runs. */
const SAFE = /\.(safetensors|gguf)$/;

/** Python's pickle in its usual disguises: reading one runs what it says. */
const PICKLES = /\.(bin|pt|pth|pkl|pickle|ckpt)$/;

/** Weights for programs that nobody runs here. */
const FOREIGN = /\.(onnx|onnx_data|xml|msgpack|h5|ot|tflite|mlmodel|mlpackage|engine|nemo|pte)$/;

/** State of a training, which is no part of the model. */
const TRAINING = /(^|\/)(training_args|optimizer|scheduler|scaler|rng_state\w*|trainer_state)\.(bin|pt|pth)$/;

/** Parts of a pipeline of Sentence Transformers, such as `2_Dense`: they belong to the model whose weights lie above them. */
const MODULES = /^\d+_\w+\//;

/** Number of a part in a file's name, such as `-00001-of-00003`. */
const PART = /-\d+-of-\d+(?=\.)/;

/** Projector of images, which stands beside the weights of a GGUF model. */
const PROJECTOR = /(^|\/)mmproj[^/]*\.gguf$/;

/** The weights of a model that are taken, and what is wrong with them. */
export interface WeightsSet {
  readonly files: readonly HubFile[];
  /** Whether they are pickles. */
  readonly pickles: boolean;
  readonly problems: readonly string[];
}

/**
 * One set of the weights that a repository holds. Many hold several: the same numbers in another layout (`consolidated`, `original`),
 * number format (`fp16`, each file of a GGUF repository) or for another program (`onnx`, `openvino`).
 *
 * @param texts contents of the `INDEXES`, by path
 * @param named files that were asked for; they are taken as they are
 */
export function weightsOf(
  files: readonly HubFile[],
  texts: ReadonlyMap<string, string>,
  named?: readonly string[],
): WeightsSet {
  const missing = (named ?? [])
    .filter((path) => !files.some((file) => file.path === path))
    .map(
      (path) => `weights: expected files of the repository, got ${JSON.stringify(path)}; copy the name from its page`,
    );
  const given = named && files.filter(({ path }) => named.includes(path));
  const safe = given?.filter(({ path }) => SAFE.test(path)) ?? firstSet([safetensorsOf(files, texts), ggufOf(files)]);
  if (safe.length > 0)
    return {
      files: safe,
      pickles: false,
      problems: [...missing, ...(named === undefined ? setProblems(safe, files, texts) : [])],
    };
  const pickles = given?.filter(({ path }) => PICKLES.test(path)) ?? picklesOf(files, texts);
  return {
    files: pickles,
    pickles: pickles.length > 0,
    problems: [
      ...missing,
      ...(pickles.length > 0
        ? []
        : [
            'weights: expected .safetensors or .gguf files, got none; choose a repository that holds them, or name its files',
          ]),
    ],
  };
}

/** Folders whose weights are left out: what else lies there belongs to these. */
export function foldersLeft(files: readonly HubFile[], taken: readonly HubFile[]): ReadonlySet<string> {
  const kept = new Set(taken.map(({ path }) => folderOf(path)));
  return new Set(
    files
      .filter(({ path }) => SAFE.test(path) || PICKLES.test(path) || FOREIGN.test(path))
      .map(({ path }) => folderOf(path))
      .filter((folder) => folder !== '' && !kept.has(folder)),
  );
}

/** Folder of a file in a repository; empty at its top. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** Some of many paths. */
export function some(paths: readonly string[]): string {
  return paths.length > 3 ? `${paths.slice(0, 3).join(', ')} and ${paths.length - 3} more` : paths.join(', ');
}

/** What the index names; else the files of the usual name; else all but those of another layout. */
function safetensorsOf(files: readonly HubFile[], texts: ReadonlyMap<string, string>): HubFile[] {
  const all = files.filter(({ path }) => path.endsWith('.safetensors'));
  const modules = all.filter(({ path }) => MODULES.test(path));
  const top = all.filter(({ path }) => folderOf(path) === '');
  const main = firstSet([
    indexed(all, texts.get(INDEXES[0])),
    top.filter(({ path }) => /^model(-\d+-of-\d+)?\.safetensors$/.test(path)),
    top.filter(({ path }) => !path.startsWith('consolidated') && !path.startsWith('adapter_')),
    top,
  ]);
  return main.length === 0 ? [] : [...main, ...modules];
}

/** A GGUF file is a whole model; the projector of images is none. */
function ggufOf(files: readonly HubFile[]): HubFile[] {
  return files.filter(({ path }) => path.endsWith('.gguf'));
}

function picklesOf(files: readonly HubFile[], texts: ReadonlyMap<string, string>): HubFile[] {
  const all = files.filter(({ path }) => PICKLES.test(path) && !TRAINING.test(path));
  const top = all.filter(({ path }) => folderOf(path) === '');
  return firstSet([
    indexed(all, texts.get(INDEXES[1])),
    top.filter(({ path }) => /^pytorch_model(-\d+-of-\d+)?\.bin$/.test(path)),
    top.filter(({ path }) => !path.startsWith('consolidated') && !path.startsWith('adapter_')),
    top,
  ]);
}

/** Files that an index names. */
function indexed(files: readonly HubFile[], text: string | undefined): HubFile[] {
  const named = new Set(namesIn(text));
  return files.filter(({ path }) => named.has(path));
}

function namesIn(text: string | undefined): string[] {
  if (text === undefined) return [];
  try {
    return Object.values((JSON.parse(text) as { weight_map?: Record<string, string> } | null)?.weight_map ?? {});
  } catch {
    // What is no JSON is no index to an engine either.
    return [];
  }
}

/** What an index names must be there; and of GGUF files, which are a model each, one has to be chosen. */
function setProblems(
  taken: readonly HubFile[],
  files: readonly HubFile[],
  texts: ReadonlyMap<string, string>,
): string[] {
  const gguf = taken.filter(({ path }) => path.endsWith('.gguf'));
  const models = [
    ...new Set(gguf.filter(({ path }) => !PROJECTOR.test(path)).map(({ path }) => path.replace(PART, ''))),
  ];
  const projectors = gguf.filter(({ path }) => PROJECTOR.test(path));
  if (models.length > 1 || projectors.length > 1) {
    return [
      `weights: expected one set of weights, got ${some([...models, ...projectors.map(({ path }) => path)])}; name the files to take with --weights, each .gguf is a model of its own`,
    ];
  }
  const lost = [...new Set(namesIn(texts.get(INDEXES[0])))].filter((path) => !files.some((file) => file.path === path));
  return lost.length === 0 || gguf.length > 0
    ? []
    : [
        `weights: expected every file that ${INDEXES[0]} names, got none of ${some(lost)}; choose a commit that is whole, or name the files to take`,
      ];
}

function firstSet(sets: readonly HubFile[][]): HubFile[] {
  return sets.find((set) => set.length > 0) ?? [];
}
