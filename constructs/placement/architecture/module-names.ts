import { type Matrix } from './matrix';

/** Whether a list of modules names a matrix of a layer. */
export type ModuleMatcher = (names: readonly string[]) => boolean;

/**
 * What a name of a list means, which differs by method: the module and everything in it; also every module whose name it is a part of
 * (`skip_with_substr` of vLLM's AWQ, `is_layer_excluded` of its ModelOpt); or this one module and nothing in it (`should_ignore_layer`
 * of compressed-tensors).
 */
export type ModuleReading = 'inside' | 'part' | 'exact';

/** What stands before the layers in checkpoints of one kind of input and of several. */
const ROOTS = ['', 'model.', 'model.language_model.', 'language_model.model.'];

/** Further names of a matrix: where engines or checkpoints hold several as one, and where a family names experts otherwise. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  q_proj: ['qkv_proj'],
  k_proj: ['qkv_proj'],
  v_proj: ['qkv_proj'],
  q_a_proj: ['fused_qkv_a_proj'],
  kv_a_proj_with_mqa: ['fused_qkv_a_proj'],
  gate_proj: ['gate_up_proj', 'w1'],
  up_proj: ['gate_up_proj', 'w3'],
  down_proj: ['w2'],
  in_proj_qkvz: ['in_proj_qkv', 'in_proj_z'],
  in_proj_ba: ['in_proj_b', 'in_proj_a'],
};

/** Names by which lists of modules may mean a matrix of a layer, from `layers.` on. The first of the experts stands for all. */
export function namesOf({ name }: Matrix, layer: number): string[] {
  const dot = name.lastIndexOf('.');
  const owner = name.slice(0, dot);
  const own = name.slice(dot + 1);
  const owners = /(^|\.)experts$/.test(owner) ? [owner, `${owner}.0`] : [owner];
  return owners.flatMap((module) =>
    [own, ...(OTHER_NAMES[own] ?? [])].map((last) => `layers.${layer}.${module}.${last}`),
  );
}

/**
 * Reads a list of modules, wherever their names begin. `*` stands for anything, but in a list of exact names; what begins with `re:` is
 * a regular expression for names from their beginning. Where engines differ, the reading that names more is taken.
 *
 * @throws when a regular expression cannot be read
 */
export function matcherOf(patterns: readonly string[], reading: ModuleReading = 'inside'): ModuleMatcher {
  // Lists name thousands of modules of layers one by one.
  const modules = new Set<string>();
  const parts: string[] = [];
  const expressions: RegExp[] = [];
  for (const pattern of patterns) {
    const layers = pattern.lastIndexOf('layers.');
    if (pattern.startsWith('re:')) {
      expressions.push(new RegExp(`^(?:${pattern.slice(3)})`));
    } else if (reading !== 'exact' && (pattern.includes('*') || pattern.includes('?'))) {
      expressions.push(new RegExp(`^(?:${wildcards(layers < 0 ? pattern : pattern.slice(layers))})(?:\\.|$)`));
    } else {
      if (layers >= 0) modules.add(pattern.slice(layers));
      else parts.push(pattern);
    }
  }
  if (patterns.length === 0) return () => false;
  const plain = PLAIN[reading](modules, parts);
  return (names) =>
    names.some(
      (name) => plain(name) || ROOTS.some((root) => expressions.some((expression) => expression.test(root + name))),
    );
}

type PlainMatcher = (name: string) => boolean;

/** By names without wildcards: of modules of layers from `layers.` on, and others. */
const PLAIN: Readonly<Record<ModuleReading, (modules: ReadonlySet<string>, parts: readonly string[]) => PlainMatcher>> =
  {
    inside,
    part(modules, parts) {
      const within = inside(modules, parts);
      const beginnings = [...modules];
      return (name) => {
        if (within(name)) return true;
        // Experts are one module to engines.
        const module = expertsOf(name) ?? name;
        return (
          beginnings.some((beginning) => module.startsWith(beginning)) ||
          ROOTS.some((root) => parts.some((part) => (root + module).includes(part)))
        );
      };
    },
    exact: (modules) => (name) => modules.has(name) || modules.has(expertsOf(name) ?? name),
  };

function inside(modules: ReadonlySet<string>, parts: readonly string[]): PlainMatcher {
  return (name) =>
    ownersOf(name).some((owner) => modules.has(owner)) ||
    ROOTS.some((root) => parts.some((part) => `.${root}${name}.`.includes(`.${part}.`)));
}

/** The module of all experts that a matrix is in; undefined for any other. */
function expertsOf(name: string): string | undefined {
  return /^.*\.experts(?=\.)/.exec(name)?.[0];
}

/** A module and those that it stands in. */
function ownersOf(name: string): string[] {
  const segments = name.split('.');
  return segments.map((_, index) => segments.slice(0, index + 1).join('.'));
}

function wildcards(pattern: string): string {
  return pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
}
