import * as fs from 'node:fs';
import * as path from 'node:path';

/** What is published of a model, and what follows from it, worked out by hand. Nothing here is computed by the code under test. */
export interface Published {
  /** File in `configs/`, without its ending. */
  readonly file: string;
  /** Where the file comes from: see `SOURCES`. */
  readonly source: keyof typeof SOURCES;
  /** Parameters of the weights on the hub, images' encoder included. */
  readonly parameters: number;
  /** Why the count is met within a hundredth only; it is met exactly where this is missing. */
  readonly near?: string;
  /** Parameters that a token passes, from the model's card or report. */
  readonly active?: number;
  /** Whether the card leaves the table of embeddings out of the active ones. */
  readonly activeWithoutEmbeddings?: number;
  readonly context: number;
  readonly precision?: string;
  /** Layers × numbers a layer keeps of a token × 2 bytes. */
  readonly kvBytesPerToken: number;
  /** Bytes of a sequence of 8192 tokens; a layer with a window of w keeps w + 16 of them (one block of 16 more). */
  readonly sequence8192?: number;
  /** Size of the published weights, GiB, from the model's card. */
  readonly weightsGib?: number;
}

/** Where the files were read; fields that say nothing of sizes are left out. */
export const SOURCES = {
  aic: 'github.com/ai-dynamo/aiconfigurator, commit 095f58a, model_configs/<repository on the hub>_config.json',
  mlc: 'github.com/mlc-ai/mlc-llm, python/mlc_llm/model/model_preset.py',
  copy: 'a copy of the repository BAAI/bge-m3 on GitHub (vminh16/VI-Legal-RAG, commit 0d3b35b)',
} as const;

/**
 * Parameters: the hub's count of each repository's weights, exact; those of gpt-oss and DeepSeek-V3 without what a checkpoint
 * holds beside the model (scales, the head that predicts a second token). Active ones and sizes of weights: model cards.
 */
export const PUBLISHED: readonly Published[] = [
  {
    file: 'llama-2-7b',
    source: 'mlc',
    parameters: 6738415616,
    context: 2048,
    kvBytesPerToken: 32 * (2 * 32 * 128) * 2,
  },
  {
    file: 'llama-3.1-8b',
    source: 'aic',
    parameters: 8030261248,
    context: 131072,
    kvBytesPerToken: 32 * (2 * 8 * 128) * 2,
  },
  {
    file: 'llama-3.1-70b',
    source: 'aic',
    parameters: 70553706496,
    context: 131072,
    kvBytesPerToken: 80 * (2 * 8 * 128) * 2,
  },
  {
    file: 'llama-3.1-405b',
    source: 'aic',
    parameters: 405853388800,
    context: 131072,
    kvBytesPerToken: 126 * (2 * 8 * 128) * 2,
  },
  {
    file: 'llama-3.2-1b',
    source: 'mlc',
    parameters: 1235814400,
    context: 131072,
    kvBytesPerToken: 16 * (2 * 8 * 64) * 2,
  },
  {
    file: 'llama-4-scout',
    source: 'aic',
    parameters: 108641793536,
    near: 'the copy has no vision_config',
    active: 17e9,
    context: 10485760,
    kvBytesPerToken: 48 * (2 * 8 * 128) * 2,
  },
  {
    file: 'mistral-7b-v0.3',
    source: 'mlc',
    parameters: 7248023552,
    context: 32768,
    kvBytesPerToken: 32 * (2 * 8 * 128) * 2,
  },
  {
    file: 'mixtral-8x7b',
    source: 'aic',
    parameters: 46702792704,
    active: 12879069184,
    context: 32768,
    kvBytesPerToken: 32 * (2 * 8 * 128) * 2,
  },
  {
    file: 'mixtral-8x22b',
    source: 'aic',
    parameters: 140630071296,
    near: 'its weights have a larger vocabulary than its file says',
    active: 39160774656,
    context: 65536,
    kvBytesPerToken: 56 * (2 * 8 * 128) * 2,
  },
  {
    file: 'phi-3.5-mini',
    source: 'mlc',
    parameters: 3821079552,
    context: 131072,
    kvBytesPerToken: 32 * (2 * 32 * 96) * 2,
  },
  {
    file: 'phi-4-mini',
    source: 'mlc',
    parameters: 3836021760,
    context: 131072,
    kvBytesPerToken: 32 * (2 * 8 * 128) * 2,
  },
  { file: 'qwen2-7b', source: 'mlc', parameters: 7615616512, context: 32768, kvBytesPerToken: 28 * (2 * 4 * 128) * 2 },
  {
    file: 'qwen1.5-moe-a2.7b',
    source: 'mlc',
    parameters: 14315784192,
    active: 2.7e9,
    context: 32768,
    kvBytesPerToken: 24 * (2 * 16 * 128) * 2,
  },
  { file: 'qwen3-0.6b', source: 'aic', parameters: 596049920, context: 40960, kvBytesPerToken: 28 * (2 * 8 * 128) * 2 },
  { file: 'qwen3-8b', source: 'aic', parameters: 8190735360, context: 40960, kvBytesPerToken: 36 * (2 * 8 * 128) * 2 },
  {
    file: 'qwen3-32b-fp8',
    source: 'aic',
    parameters: 32762123264,
    context: 40960,
    precision: 'FP8',
    kvBytesPerToken: 64 * (2 * 8 * 128) * 2,
  },
  {
    file: 'qwen3-30b-a3b',
    source: 'aic',
    parameters: 30532122624,
    active: 3353032704,
    context: 40960,
    kvBytesPerToken: 48 * (2 * 4 * 128) * 2,
  },
  {
    file: 'qwen3-30b-a3b-fp8',
    source: 'aic',
    parameters: 30532122624,
    active: 3353032704,
    context: 40960,
    precision: 'FP8',
    kvBytesPerToken: 48 * (2 * 4 * 128) * 2,
  },
  {
    file: 'qwen3-235b-a22b',
    source: 'aic',
    parameters: 235093634560,
    active: 22e9,
    context: 40960,
    kvBytesPerToken: 94 * (2 * 4 * 128) * 2,
  },
  {
    file: 'qwen3-vl-8b',
    source: 'aic',
    parameters: 8767123696,
    near: 'image encoders are estimated',
    context: 262144,
    kvBytesPerToken: 36 * (2 * 8 * 128) * 2,
  },
  { file: 'gemma-2b', source: 'mlc', parameters: 2506172416, context: 8192, kvBytesPerToken: 18 * (2 * 1 * 256) * 2 },
  {
    file: 'gemma-2-9b',
    source: 'mlc',
    parameters: 9241705984,
    context: 8192,
    kvBytesPerToken: 42 * (2 * 8 * 256) * 2,
    sequence8192: (21 * 8192 + 21 * 4112) * (2 * 8 * 256) * 2,
  },
  {
    file: 'gemma-2-27b',
    source: 'mlc',
    parameters: 27227128320,
    context: 8192,
    kvBytesPerToken: 46 * (2 * 16 * 128) * 2,
    sequence8192: (23 * 8192 + 23 * 4112) * (2 * 16 * 128) * 2,
  },
  {
    // Every sixth of 26 layers keeps all: 4 of them.
    file: 'gemma-3-1b',
    source: 'mlc',
    parameters: 999885952,
    context: 32768,
    kvBytesPerToken: 26 * (2 * 1 * 256) * 2,
    sequence8192: (4 * 8192 + 22 * 528) * (2 * 1 * 256) * 2,
  },
  {
    file: 'gpt-oss-20b',
    source: 'aic',
    parameters: 20914757184,
    activeWithoutEmbeddings: 3.61e9,
    context: 131072,
    precision: 'MXFP4',
    kvBytesPerToken: 24 * (2 * 8 * 64) * 2,
    sequence8192: (12 * 8192 + 12 * 144) * (2 * 8 * 64) * 2,
    weightsGib: 12.8,
  },
  {
    file: 'gpt-oss-120b',
    source: 'aic',
    parameters: 116829156672,
    activeWithoutEmbeddings: 5.13e9,
    context: 131072,
    precision: 'MXFP4',
    kvBytesPerToken: 36 * (2 * 8 * 64) * 2,
    sequence8192: (18 * 8192 + 18 * 144) * (2 * 8 * 64) * 2,
    weightsGib: 60.8,
  },
  {
    file: 'deepseek-v2-lite',
    source: 'mlc',
    parameters: 15706484224,
    context: 163840,
    kvBytesPerToken: 27 * (512 + 64) * 2,
  },
  {
    file: 'deepseek-v3',
    source: 'aic',
    parameters: 671026419200,
    active: 37552282624,
    context: 163840,
    precision: 'FP8',
    kvBytesPerToken: 61 * (512 + 64) * 2,
  },
  {
    file: 'kimi-k2',
    source: 'aic',
    parameters: 1026408232448,
    context: 131072,
    precision: 'FP8',
    kvBytesPerToken: 61 * (512 + 64) * 2,
  },
  { file: 'bge-m3', source: 'copy', parameters: 567754752, context: 8192, kvBytesPerToken: 0 },
  // The count of bert-base, whose sizes it has.
  { file: 'arctic-embed-m', source: 'mlc', parameters: 109482240, context: 512, kvBytesPerToken: 0 },
];

/** Text of a published `config.json`. */
export function configText(file: string): string {
  return fs.readFileSync(path.join(__dirname, 'configs', `${file}.json`), 'utf8');
}

/** A published `config.json` with other fields; those that are undefined go. */
export function changedConfig(file: string, changes: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...(JSON.parse(configText(file)) as object), ...changes });
}
