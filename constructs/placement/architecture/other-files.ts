import { type JsonObject } from './config-reader';

/** A file of a repository that is no `config.json` of a model. */
export interface OtherFile {
  readonly name: string;
  readonly advice: string;
}

const ITS_CONFIG = 'give the config.json beside it';

/** What text is that is no JSON, by how it begins. */
export function otherText(text: string): OtherFile | undefined {
  if (text.startsWith('GGUF'))
    return { name: 'weights in the GGUF format', advice: 'give the config.json of the model that they were made of' };
  if (text.startsWith('version https://git-lfs'))
    return { name: 'a pointer of Git LFS', advice: 'fetch the file itself (git lfs pull)' };
  if (/^\s*<(!doctype|html)/i.test(text)) return { name: 'a web page', advice: 'download the raw file' };
  // Safetensors begin with the length of their header in 8 bytes.
  if (/^[^]{8}\{"/.test(text) && text.charCodeAt(7) === 0)
    return { name: 'weights in the safetensors format', advice: ITS_CONFIG };
  return undefined;
}

/** What a JSON file is that lacks a `model_type`, or has one for another reason. */
export function otherFile(file: unknown): OtherFile | undefined {
  if (Array.isArray(file))
    return (file as unknown[]).some((item) => has(item, 'idx', 'path', 'type'))
      ? { name: 'modules.json of sentence-transformers', advice: ITS_CONFIG }
      : undefined;
  const config = file as JsonObject;
  if (config.peft_type !== undefined) {
    const base = config.base_model_name_or_path;
    return {
      name: `adapter_config.json, an adapter (${JSON.stringify(config.peft_type)})${typeof base === 'string' ? ` of ${base}` : ''}`,
      advice: `give the config.json of ${typeof base === 'string' ? base : 'the model that it adapts'}, and serve the adapter beside that model`,
    };
  }
  if (config._diffusers_version !== undefined)
    return {
      name: 'a file of a diffusion pipeline',
      advice: 'such models make images and are served by no engine of this library',
    };
  return config.model_type === undefined
    ? KINDS.find(({ fields }) => fields.some((some) => has(config, ...some)))
    : undefined;
}

function has(value: unknown, ...keys: readonly string[]): boolean {
  return typeof value === 'object' && value !== null && keys.every((key) => key in value);
}

/** Files by fields that they have together; the first that fits. */
const KINDS: readonly (OtherFile & { readonly fields: readonly (readonly string[])[] })[] = [
  { fields: [['weight_map']], name: 'an index of weights (model.safetensors.index.json)', advice: ITS_CONFIG },
  { fields: [['added_tokens', 'model']], name: 'tokenizer.json', advice: ITS_CONFIG },
  {
    fields: [['image_processor_type'], ['feature_extractor_type'], ['processor_class', 'image_mean']],
    name: 'preprocessor_config.json',
    advice: ITS_CONFIG,
  },
  {
    fields: [['tokenizer_class'], ['added_tokens_decoder'], ['chat_template']],
    name: 'tokenizer_config.json',
    advice: ITS_CONFIG,
  },
  {
    fields: [
      ['producer', 'quantization'],
      ['bits', 'group_size'],
      ['w_bit', 'q_group_size'],
    ],
    name: 'settings of a quantization',
    advice: ITS_CONFIG,
  },
  {
    fields: [
      ['word_embedding_dimension'],
      ['max_seq_length', 'do_lower_case'],
      ['__version__', 'similarity_fn_name'],
      ['__version__', 'prompts'],
    ],
    name: 'a file of sentence-transformers',
    advice: ITS_CONFIG,
  },
  {
    fields: [['dim', 'n_layers']],
    name: "params.json of the model's own code",
    advice: 'give the config.json of its repository for transformers',
  },
  {
    fields: [['_from_model_config'], ['do_sample'], ['max_new_tokens'], ['eos_token_id', 'transformers_version']],
    name: 'generation_config.json',
    advice: ITS_CONFIG,
  },
];
