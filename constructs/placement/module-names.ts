import { type Matrix } from './matrix';

/** Whether a list of modules names a matrix of a layer. */
export type ModuleMatcher = (names: readonly string[]) => boolean;

/** What stands before the layers in checkpoints of one kind of input and of several. */
const ROOTS = ['', 'model.', 'model.language_model.', 'language_model.model.'];

/** Further names of a matrix: where engines or checkpoints hold several as one, and where a family names experts otherwise. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  q_proj: ['qkv_proj'], k_proj: ['qkv_proj'], v_proj: ['qkv_proj'],
  q_a_proj: ['fused_qkv_a_proj'], kv_a_proj_with_mqa: ['fused_qkv_a_proj'],
  gate_proj: ['gate_up_proj', 'w1'], up_proj: ['gate_up_proj', 'w3'], down_proj: ['w2'],
};

/** Names by which lists of modules may mean a matrix of a layer, from `layers.` on. The first of the experts stands for all. */
export function namesOf({ name }: Matrix, layer: number): string[] {
  const dot = name.lastIndexOf('.');
  const owner = name.slice(0, dot);
  const own = name.slice(dot + 1);
  const owners = owner.endsWith('.experts') ? [owner, `${owner}.0`] : [owner];
  return owners.flatMap((module) => [own, ...(OTHER_NAMES[own] ?? [])].map((last) => `layers.${layer}.${module}.${last}`));
}

/**
 * Reads a list of modules. A name means the module and everything in it, wherever it stands; `*` stands for anything; what begins with
 * `re:` is a regular expression for names from their beginning. Where engines differ, the reading that names more is taken.
 *
 * @throws when a regular expression cannot be read
 */
export function matcherOf(patterns: readonly string[]): ModuleMatcher {
  // Lists name thousands of modules of layers one by one.
  const modules = new Set<string>();
  const parts: string[] = [];
  const expressions: RegExp[] = [];
  for (const pattern of patterns) {
    const layers = pattern.lastIndexOf('layers.');
    if (pattern.startsWith('re:')) {
      expressions.push(new RegExp(`^(?:${pattern.slice(3)})`));
    } else if (pattern.includes('*') || pattern.includes('?')) {
      expressions.push(new RegExp(`^(?:${wildcards(layers < 0 ? pattern : pattern.slice(layers))})(?:\\.|$)`));
    } else {
      if (layers >= 0) modules.add(pattern.slice(layers));
      else parts.push(`.${pattern}.`);
    }
  }
  if (patterns.length === 0) return () => false;
  return (names) => names.some((name) => ownersOf(name).some((owner) => modules.has(owner))
    || ROOTS.some((root) => parts.some((part) => `.${root}${name}.`.includes(part)) || expressions.some((expression) => expression.test(root + name))));
}

/** A module and those that it stands in. */
function ownersOf(name: string): string[] {
  const segments = name.split('.');
  return segments.map((_, index) => segments.slice(0, index + 1).join('.'));
}

function wildcards(pattern: string): string {
  return pattern.replace(/[.+^${}()|\\]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.');
}
