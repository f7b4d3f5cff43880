import { isUnresolved } from '../../checks/unresolved';
import { CONTRACT, type FlagValues, type Refused, refused, ruleOf } from './engine-contract';
import { type TrustRemoteCode } from './engine-props';

/** Shortest reason that says something. */
const MIN_REASON = 10;

const READABLE = 'it would be readable in the pod';

/** Flags that no engine may be given as they are, without dashes at the front and with hyphens only, and what to do instead. */
const REFUSED_FLAGS: Refused = {
  'trust-remote-code': 'set trustRemoteCode with a reason',
  'api-key': `${READABLE}; put a gateway in front of the model`,
  'api-key-file': 'callers in the cluster and probes have no key; put a gateway in front of the model',
  'admin-api-key': READABLE,
  'hf-token': `${READABLE}; set hubTokenSecretName`,
  'hf-api-token': `${READABLE}; set hubTokenSecretName`,
  ...refused(CONTRACT.ends, 'help', 'h', 'usage', 'version'),
};

/** Variables that no engine may be given, and what to do instead. */
const REFUSED_VARIABLES: Refused = {
  ...refused(
    CONTRACT.devices,
    'CUDA_VISIBLE_DEVICES',
    'NVIDIA_VISIBLE_DEVICES',
    'HIP_VISIBLE_DEVICES',
    'ROCR_VISIBLE_DEVICES',
    'ZE_AFFINITY_MASK',
    'NEURON_RT_VISIBLE_CORES',
  ),
  ...refused(CONTRACT.group, 'RANK', 'LOCAL_RANK', 'WORLD_SIZE', 'MASTER_ADDR', 'MASTER_PORT', 'LWS_*'),
  ...refused(CONTRACT.cache, 'HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE', 'TRANSFORMERS_CACHE', 'HUGGINGFACE_ASSETS_CACHE'),
  ...refused(
    'the chart sets it where weights were imported, and the engine loads from the hub elsewhere; leave it out',
    'HF_HUB_OFFLINE',
    'TRANSFORMERS_OFFLINE',
  ),
};

/** What is special about the command line and the variables of an engine. */
export interface CommandLine {
  /** Other names of flags, such as `-tp` of `--tensor-parallel-size`. */
  readonly aliases?: { readonly [flag: string]: string };
  /** Flags that this engine may not be given as they are, and what to do instead. */
  readonly refused?: Refused;
  /** Variables that this engine may not be given, and what to do instead. */
  readonly refusedVariables?: Refused;
  /**
   * What reads the command line. Python's `argparse` takes the beginning of a flag for it; both take `-xvalue`.
   *
   * @default - flags and values stand apart, and flags are written out
   */
  readonly parser?: 'argparse' | 'clap';
}

/**
 * What is wrong with further arguments of an engine: a flag that is set already or twice, or may not be set.
 *
 * @param own arguments that the engine's properties give
 * @param extra arguments as the user gave them
 */
export function extraArgsProblems(own: readonly string[], extra: readonly string[], line: CommandLine = {}): string[] {
  const rules = { ...REFUSED_FLAGS, ...line.refused };
  const plain = (arg: string) => canonicalFlag(arg, line, []);
  const set = new Set(own.filter(isFlag).map(plain));
  const known = [...Object.keys(rules), ...set];
  return extra.flatMap((arg, index) => {
    if (isUnresolved(arg) || !isFlag(arg)) return [];
    const flag = canonicalFlag(arg, line, known);
    const rule = ruleOf(rules, flag);
    const value = valueOf(arg, extra[index + 1]);
    const advice = rule === undefined ? undefined : adviceFor(rule, value);
    if (advice !== undefined)
      return [
        `engine.extraArgs: expected no --${flag}${typeof rule === 'string' ? '' : `=${value}`}, got ${arg.split('=')[0]}; ${advice}`,
      ];
    if (set.has(flag))
      return [
        `engine.extraArgs: expected no flag that is set already, got ${arg}; set it through the property it comes from, and only once`,
      ];
    set.add(flag);
    return [];
  });
}

/** What is wrong with further variables of an engine. */
export function environmentProblems(
  own: { readonly [name: string]: string },
  extra: { readonly [name: string]: string } = {},
  line: CommandLine = {},
): string[] {
  const rules = { ...REFUSED_VARIABLES, ...line.refusedVariables };
  return Object.entries(extra).flatMap(([name, value]) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      return [
        `engine.environment: expected names of letters, digits and '_', got ${JSON.stringify(name)}; correct the name`,
      ];
    const rule = ruleOf(rules, name);
    const advice = rule === undefined ? undefined : adviceFor(rule, value);
    if (advice !== undefined) return [`engine.environment: expected no ${name}; ${advice}`];
    if (/(^|_)(TOKEN|SECRET|PASSWORD|API_KEY|ACCESS_KEY)($|_)/i.test(name)) {
      return [
        `engine.environment: expected no secret, got ${name}; it would be readable in the pod, name a Secret with hubTokenSecretName`,
      ];
    }
    return Object.hasOwn(own, name)
      ? [`engine.environment: expected no variable that is set already, got ${name}; leave it out`]
      : [];
  });
}

/** What is wrong with the acknowledgment that code from the weights may run. */
export function trustRemoteCodeProblems(trust: TrustRemoteCode | undefined): string[] {
  return trust === undefined || isUnresolved(trust.reason) || trust.reason.trim().length >= MIN_REASON
    ? []
    : [
        `engine.trustRemoteCode.reason: expected a reason of at least ${MIN_REASON} characters, got ${JSON.stringify(trust.reason)}; say who has read the code, and at which revision`,
      ];
}

/** Whole numbers from 1 among the properties of an engine. */
export function countProblems(counts: { readonly [prop: string]: readonly [number | undefined, string] }): string[] {
  return Object.entries(counts).flatMap(([prop, [value, advice]]) =>
    value === undefined || isUnresolved(value) || (Number.isInteger(value) && value >= 1)
      ? []
      : [`engine.${prop}: expected a whole number from 1, got ${value}; ${advice}`],
  );
}

/** A share of something among the properties of an engine. */
export function shareProblems(prop: string, value: number | undefined, advice: string): string[] {
  return value === undefined || isUnresolved(value) || (value > 0 && value <= 1)
    ? []
    : [`engine.${prop}: expected more than 0 and at most 1, got ${value}; ${advice}`];
}

/** A flag that is set, or nothing. */
export function flag(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`${name}=${value}`];
}

function isFlag(arg: string): boolean {
  return /^--?[A-Za-z]/.test(arg);
}

/** `--no_enable-x=y`, `-x`, `-xy` and, where `argparse` reads them, `--enab` become the name under which the flag is known. */
function canonicalFlag(arg: string, { aliases = {}, parser }: CommandLine, known: readonly string[]): string {
  // `--speculative-config.method=x` and `-sc.method=x` set a part of `--speculative-config`; with `+` at its end a list of values is added to it.
  const given = arg
    .split('=')[0]
    .replace(/^(--?[^.]+)\..*$/, '$1')
    .replace(/\+$/, '')
    .replaceAll('_', '-');
  const flag = bare(aliases[aliasOf(given, Object.keys(aliases), parser) ?? ''] ?? given);
  if (parser !== 'argparse' || !given.startsWith('--') || known.includes(flag)) return flag;
  return known.find((name) => name.startsWith(flag)) ?? flag;
}

/** The alias that is meant; a flag of one letter may have its value behind it. */
function aliasOf(given: string, aliases: readonly string[], parser: CommandLine['parser']): string | undefined {
  return (
    aliases.find((alias) => alias === given) ??
    (parser === undefined ? undefined : aliases.find((alias) => alias.length === 2 && given.startsWith(alias))) ??
    (parser === 'argparse' ? aliases.find((alias) => alias.startsWith(given)) : undefined)
  );
}

function bare(flag: string): string {
  return flag.replace(/^--?/, '').replace(/^no-/, '');
}

/** The value of a flag: behind `=`, or the next argument. */
function valueOf(arg: string, next: string | undefined): string | undefined {
  const at = arg.indexOf('=');
  if (at >= 0) return arg.slice(at + 1);
  return next === undefined || (!isUnresolved(next) && isFlag(next)) ? undefined : next;
}

/** What to do instead, where the rule holds for the value. */
function adviceFor(rule: string | FlagValues, value: string | undefined): string | undefined {
  if (typeof rule === 'string') return rule;
  return value === undefined || isUnresolved(value) || rule.allowed.test(value) ? undefined : rule.advice;
}
