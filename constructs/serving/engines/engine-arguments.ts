import { isUnresolved } from '../../checks/unresolved';
import { type TrustRemoteCode } from './engine-knobs';

/** Shortest reason that says something. */
const MIN_REASON = 10;

/** Flags that no engine may be given as they are, without dashes at the front and with hyphens only, and what to do instead. */
const FORBIDDEN_FLAGS: { readonly [flag: string]: string } = {
  'trust-remote-code': 'set trustRemoteCode with a reason',
  'api-key': 'it would be readable in the pod; put a gateway in front of the model',
  'admin-api-key': 'it would be readable in the pod',
  'hf-token': 'it would be readable in the pod; set hubTokenSecretName',
  'hf-api-token': 'it would be readable in the pod; set hubTokenSecretName',
};

/** Variables that no engine may be given, and what to do instead. */
const FORBIDDEN_VARIABLES: { readonly [name: string]: string } = {
  VLLM_SERVER_DEV_MODE: 'it opens endpoints that reset and pause the engine to every caller',
  VLLM_ALLOW_RUNTIME_LORA_UPDATING: 'it lets every caller load adapters; name them in the model',
  SGL_FORCE_SHUTDOWN: 'it drops the requests in flight when a pod ends',
  LLAMA_ARG_TOOLS: 'it lets every caller run commands in the pod',
  LLAMA_ARG_AGENT: 'it lets every caller run commands in the pod',
};

/** What is special about the command line of an engine. */
export interface CommandLine {
  /** Other names of flags, such as `-tp` of `--tensor-parallel-size`. */
  readonly aliases?: { readonly [flag: string]: string };
  /** Flags that this engine may not be given as they are, and what to do instead. */
  readonly forbidden?: { readonly [flag: string]: string };
  /** Flags of which each stands for the opposite of another, such as `--disable-radix-cache`; `--no-…` is known. */
  readonly opposites?: { readonly [flag: string]: string };
}

/**
 * What is wrong with further arguments of an engine: a flag that is set already or twice, or may not be set.
 *
 * @param own arguments that the engine's properties give
 * @param extra arguments as the user gave them
 */
export function extraArgsProblems(own: readonly string[], extra: readonly string[], line: CommandLine = {}): string[] {
  const name = (arg: string) => canonicalFlag(arg, line);
  const set = new Set(own.filter(isFlag).map(name));
  const forbidden = { ...FORBIDDEN_FLAGS, ...line.forbidden };
  return extra.filter((arg) => !isUnresolved(arg) && isFlag(arg)).flatMap((arg) => {
    const flag = name(arg);
    const advice = Object.hasOwn(forbidden, flag) ? forbidden[flag] : undefined;
    if (advice !== undefined) return [`extraArgs: expected no --${flag}, got ${arg.split('=')[0]}; ${advice}`];
    if (set.has(flag)) return [`extraArgs: expected no flag that is set already, got ${arg}; set it through the property it comes from, and only once`];
    set.add(flag);
    return [];
  });
}

/** What is wrong with further variables of an engine. */
export function environmentProblems(own: { readonly [name: string]: string }, extra: { readonly [name: string]: string } = {}): string[] {
  return Object.keys(extra).flatMap((name) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return [`environment: expected names of letters, digits and '_', got ${JSON.stringify(name)}; correct the name`];
    if (Object.hasOwn(FORBIDDEN_VARIABLES, name)) return [`environment: expected no ${name}; ${FORBIDDEN_VARIABLES[name]}`];
    if (/(^|_)(TOKEN|SECRET|PASSWORD|API_KEY|ACCESS_KEY)($|_)/i.test(name)) {
      return [`environment: expected no secret, got ${name}; it would be readable in the pod, name a Secret with hubTokenSecretName`];
    }
    return Object.hasOwn(own, name) ? [`environment: expected no variable that is set already, got ${name}; leave it out`] : [];
  });
}

/** What is wrong with the acknowledgement that code from the weights may run. */
export function trustRemoteCodeProblems(trust: TrustRemoteCode | undefined): string[] {
  return trust === undefined || isUnresolved(trust.reason) || trust.reason.trim().length >= MIN_REASON
    ? []
    : [`trustRemoteCode.reason: expected a reason of at least ${MIN_REASON} characters, got ${JSON.stringify(trust.reason)}; say who has read the code, and at which revision`];
}

/** Whole numbers from 1 among the properties of an engine. */
export function countProblems(counts: { readonly [prop: string]: readonly [number | undefined, string] }): string[] {
  return Object.entries(counts).flatMap(([prop, [value, advice]]) => (value === undefined || isUnresolved(value) || (Number.isInteger(value) && value >= 1)
    ? []
    : [`${prop}: expected a whole number from 1, got ${value}; ${advice}`]));
}

/** A share of something among the properties of an engine. */
export function shareProblems(prop: string, value: number | undefined, advice: string): string[] {
  return value === undefined || isUnresolved(value) || (value > 0 && value <= 1)
    ? []
    : [`${prop}: expected more than 0 and at most 1, got ${value}; ${advice}`];
}

/** A flag that is set, or nothing. */
export function flag(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`${name}=${value}`];
}

function isFlag(arg: string): boolean {
  return /^--?[A-Za-z]/.test(arg);
}

/** `--no_enable-x=y` and `-x` become the name under which the flag is known. */
function canonicalFlag(arg: string, { aliases = {}, opposites = {} }: CommandLine): string {
  // `--speculative-config.method=x` sets a part of `--speculative-config`.
  const given = arg.split('=')[0].replace(/^(--[^.]+)\..*$/, '$1').replaceAll('_', '-');
  const known = (Object.hasOwn(aliases, given) ? aliases[given] : given).replace(/^--?/, '').replace(/^no-/, '');
  return Object.hasOwn(opposites, known) ? opposites[known] : known;
}
