/**
 * What a flag or a variable would take away from the chart, by kind. Each says what to do instead. Most of these flags are not set by the
 * engine's properties: they break the contract by being there.
 */
export const CONTRACT = {
  address: 'callers, probes and metrics reach the engine by HTTP at the port of the pod; leave it out',
  tls: 'probes, metrics and callers speak plain HTTP inside the cluster; leave it out, and end TLS before the model',
  metrics: 'gates, autoscaling and alarms read these metrics; leave it out',
  parallelism: 'the pod has the GPUs that the model asks for; set gpus and nodes of the model, or its placement',
  devices: 'the pod sees the devices that it asks for; set gpus of the model',
  group: 'the chart joins the pods of a replica; set nodes of the model',
  role: 'each replica answers whole requests; leave it out, and add replicas',
  precision:
    "the memory is proved for weights and activations in the checkpoint's format of 16 bits or less; leave it out",
  memory: 'the memory of the placement was proved without it; leave it out',
  window:
    'layers with a window or a state would keep the whole context, which the memory was not proved for; leave it out',
  state: 'the memory is proved for one state of each sequence, its convolution in 16 bits; leave it out',
  adapterMemory: 'it takes memory of the GPU that the proof does not count; leave it out',
  connector:
    'it may turn off the key/value cache that keeps windows and states apart, which the memory was proved with; leave it out',
  model: 'the model is the one that is served; set its repository and revision',
  name: 'callers and gates know the model by its name; set the name of the model',
  cache: 'weights go to the cache, whose size the pod asks for; leave it out',
  adapters: 'their base model and rank are checked; set adapters of the model',
  file: 'a file could set what is checked here; give its flags',
  callersRun: 'it lets every caller run commands or read files in the pod; leave it out',
  ends: 'the engine would print and end; leave it out',
} as const;

/** A flag whose value decides. */
export interface FlagValues {
  /** Values that are allowed. */
  readonly allowed: RegExp;
  /** What to do instead of another. */
  readonly advice: string;
}

/** Flags or variables that may not be given, and what to do instead. A name that ends in `*` stands for all that begin so. */
export interface Refused {
  readonly [name: string]: string | FlagValues;
}

/** Each of some names, refused for one reason. */
export function refused(advice: string | FlagValues, ...names: readonly string[]): Refused {
  return Object.fromEntries(names.map((name) => [name, advice]));
}

/** Flags that stand for a property of the engine, by property. */
export function properties(flags: { readonly [flag: string]: string }): Refused {
  return Object.fromEntries(Object.entries(flags).map(([flag, property]) => [flag, `set ${property}`]));
}

/** What is said of a name, itself or as one of those that begin the same. */
export function ruleOf(rules: Refused, name: string): string | FlagValues | undefined {
  if (Object.hasOwn(rules, name)) return rules[name];
  const family = Object.keys(rules).find((key) => key.endsWith('*') && name.startsWith(key.slice(0, -1)));
  return family === undefined ? undefined : rules[family];
}

/** Formats of 16 bits in which an engine may compute. */
export const HALF_PRECISION: FlagValues = { allowed: /^(auto|half|float16|bfloat16)$/, advice: CONTRACT.precision };

/** Ways to read weights that are files of numbers in the place of the weights. */
export const LOAD_FORMATS: FlagValues = {
  allowed: /^(auto|safetensors|fastsafetensors|instanttensor|mistral|runai_streamer)$/,
  advice:
    'the weights of the model are read as files of numbers; leave it out, or name auto, safetensors or a streamer',
};
