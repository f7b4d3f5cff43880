import type { HubFile } from '../../../../lib/commands/weights-import/hub';
import {
  configurationsOf,
  selectFiles,
  type SelectionRequest,
} from '../../../../lib/commands/weights-import/selection';

const REASON = 'converted by nobody yet; the file was scanned, ticket 17';

/** Files by path; those with a text are read to select others. */
function select(files: Record<string, string>, request: Partial<SelectionRequest> = {}): string[] {
  const model = {
    commit: 'a',
    license: 'mit',
    files: Object.keys(files).map((path): HubFile => ({ path, size: 1, blobId: path })),
  };
  const texts = new Map(configurationsOf(model).map(({ path }) => [path, files[path]]));
  return selectFiles(model, texts, { allowedLicenses: ['mit'], acknowledgments: {}, ...request }).map(
    ({ path }) => path,
  );
}

const files = (...paths: string[]) => Object.fromEntries(paths.map((path) => [path, '']));
const index = (...paths: string[]) =>
  JSON.stringify({
    metadata: { total_size: 1 },
    weight_map: Object.fromEntries(paths.map((path, at) => [`layer.${at}`, path])),
  });
const SHARDS = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
const INDEX = 'model.safetensors.index.json';
const TOKENIZER = 'tokenizer.json';

describe('of the sets of weights in a repository one is taken', () => {
  test.each<[string, Record<string, string>, string[]]>([
    [
      "Mistral's own layout beside that of transformers",
      { ...files('consolidated.safetensors', 'params.json', 'tekken.json', ...SHARDS), [INDEX]: index(...SHARDS) },
      [...SHARDS, INDEX, 'params.json', 'tekken.json'],
    ],
    ['the same without an index', files('consolidated.safetensors', ...SHARDS, TOKENIZER), [...SHARDS, TOKENIZER]],
    [
      "Mistral's own layout alone",
      files('consolidated-00001-of-00002.safetensors', 'consolidated-00002-of-00002.safetensors', 'params.json'),
      ['consolidated-00001-of-00002.safetensors', 'consolidated-00002-of-00002.safetensors', 'params.json'],
    ],
    [
      "Meta's own files",
      {
        ...files(
          'original/consolidated.00.pth',
          'original/params.json',
          'original/tokenizer.model',
          ...SHARDS,
          TOKENIZER,
        ),
        [INDEX]: index(...SHARDS),
      },
      [...SHARDS, INDEX, TOKENIZER],
    ],
    [
      'weights of other programs',
      files(
        'model.safetensors',
        'pytorch_model.bin',
        'tf_model.h5',
        'flax_model.msgpack',
        'rust_model.ot',
        'onnx/model.onnx',
        'onnx/config.json',
        'openvino/openvino_model.xml',
        'openvino/openvino_model.bin',
        'openvino/config.json',
        TOKENIZER,
      ),
      ['model.safetensors', TOKENIZER],
    ],
    [
      'other number formats',
      files(
        'model.safetensors',
        'model.fp16.safetensors',
        'model.fp32.safetensors',
        'fp16/model.safetensors',
        'fp16/config.json',
        TOKENIZER,
      ),
      ['model.safetensors', TOKENIZER],
    ],
    [
      'what the index leaves out',
      { ...files(...SHARDS, 'model.safetensors', 'adapter_model.safetensors'), [INDEX]: index(...SHARDS) },
      [...SHARDS, INDEX],
    ],
    [
      'what the index names in a folder',
      {
        ...files('model.safetensors', 'mtp/mtp.safetensors', 'mtp/config.json'),
        [INDEX]: index('model.safetensors', 'mtp/mtp.safetensors'),
      },
      [INDEX, 'model.safetensors', 'mtp/config.json', 'mtp/mtp.safetensors'].sort(),
    ],
    [
      'modules of Sentence Transformers',
      files(
        'model.safetensors',
        '1_Pooling/config.json',
        '2_Dense/config.json',
        '2_Dense/model.safetensors',
        '2_Dense/pytorch_model.bin',
        'modules.json',
      ),
      [
        '1_Pooling/config.json',
        '2_Dense/config.json',
        '2_Dense/model.safetensors',
        'model.safetensors',
        'modules.json',
      ],
    ],
    [
      'safetensors beside GGUF',
      files('model.safetensors', 'model-q4_k_m.gguf', 'gguf/model-q8_0.gguf', TOKENIZER),
      ['model.safetensors', TOKENIZER],
    ],
    [
      'one GGUF in parts, with its projector',
      files('m-Q4_K_M-00001-of-00002.gguf', 'm-Q4_K_M-00002-of-00002.gguf', 'mmproj-m-f16.gguf'),
      ['m-Q4_K_M-00001-of-00002.gguf', 'm-Q4_K_M-00002-of-00002.gguf', 'mmproj-m-f16.gguf'],
    ],
    ['weights of any other name', files('weights.safetensors', TOKENIZER), [TOKENIZER, 'weights.safetensors']],
  ])('%s', (_, given, expected) => {
    expect(select(given)).toEqual([...expected].sort());
  });

  test('files that are asked for, as they are', () => {
    expect(
      select(files('consolidated.safetensors', 'model.safetensors', 'params.json'), {
        weights: ['consolidated.safetensors'],
      }),
    ).toEqual(['consolidated.safetensors', 'params.json']);
    expect(select(files('m-q4_k_m.gguf', 'm-q8_0.gguf'), { weights: ['m-q8_0.gguf'] })).toEqual(['m-q8_0.gguf']);
  });

  test('of pickles too, without the state of a training', () => {
    const acknowledgments = { pickles: REASON };
    const parts = ['pytorch_model-00001-of-00002.bin', 'pytorch_model-00002-of-00002.bin'];
    const training = ['training_args.bin', 'optimizer.pt', 'scheduler.pt', 'rng_state_0.pth'];
    expect(select(files(...parts, ...training, 'consolidated.00.pth'), { acknowledgments })).toEqual(parts);
    expect(
      select(
        { ...files(...parts, 'pytorch_model.bin'), 'pytorch_model.bin.index.json': index(...parts) },
        { acknowledgments },
      ),
    ).toEqual([...parts, 'pytorch_model.bin.index.json']);
    expect(select(files('model.pt', ...training), { acknowledgments })).toEqual(['model.pt']);
    expect(() => select(files(...training))).toThrow(/^weights: expected \.safetensors or \.gguf files, got none/);
  });
});

describe('refused is', () => {
  test('a choice among GGUF files', () => {
    expect(() =>
      select(files('m-q4_k_m.gguf', 'm-q8_0.gguf', 'm-f16-00001-of-00002.gguf', 'm-f16-00002-of-00002.gguf')),
    ).toThrow(
      'weights: expected one set of weights, got m-q4_k_m.gguf, m-q8_0.gguf, m-f16.gguf; name the files to take with --weights, each .gguf is a model of its own',
    );
    expect(() => select(files('m.gguf', 'mmproj-f16.gguf', 'mmproj-f32.gguf'))).toThrow(
      /^weights: expected one set of weights, got m\.gguf, mmproj-f16\.gguf, mmproj-f32\.gguf; /,
    );
  });

  test('an index that names what is not there', () => {
    expect(() => select({ ...files(SHARDS[0]), [INDEX]: index(...SHARDS) })).toThrow(
      'weights: expected every file that model.safetensors.index.json names, got none of model-00002-of-00002.safetensors; choose a commit that is whole, or name the files to take',
    );
  });

  test('nothing because of an index that is none', () => {
    for (const text of ['', '{}', 'null', '{"weight_map":null}'])
      expect(select({ ...files('model.safetensors'), [INDEX]: text })).toEqual(['model.safetensors', INDEX]);
  });
});
