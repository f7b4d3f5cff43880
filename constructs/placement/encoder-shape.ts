import { type ConfigReader } from './config-reader';
import { type ModelShape } from './model-shape';

/** `model_type` of encoders, which embed text. */
export const ENCODERS: readonly string[] = ['bert', 'roberta', 'xlm-roberta'];

/** Sizes of an encoder of BERT's kind, with its pooler. */
export function encoderShape(reader: ConfigReader, modelType: string): ModelShape {
  const hiddenSize = reader.count('hidden_size');
  const layers = reader.count('num_hidden_layers');
  const attentionHeads = reader.count('num_attention_heads');
  const width = reader.count('intermediate_size');
  const vocabularySize = reader.count('vocab_size');
  const positions = reader.count('max_position_embeddings');
  return {
    modelType, hiddenSize, layers, attentionHeads, kvHeads: attentionHeads,
    headDim: Math.floor(hiddenSize / attentionHeads), vocabularySize,
    // RoBERTa numbers its positions from behind the padding token.
    maxContextTokens: modelType === 'bert' ? positions : positions - reader.amount('pad_token_id', 1) - 1,
    matrices: [],
    linearParameters: layers * (4 * hiddenSize ** 2 + 2 * hiddenSize * width) + hiddenSize ** 2,
    expertParameters: 0, experts: 0, expertsPerToken: 0,
    otherParameters: layers * (4 * hiddenSize + width + hiddenSize + 4 * hiddenSize) + hiddenSize + 2 * hiddenSize,
    embeddingParameters: (vocabularySize + positions + reader.count('type_vocab_size', 2)) * hiddenSize,
    headParameters: 0, visionParameters: 0,
    intermediateSizes: [width], activationWidth: width,
    kvGroups: [], encoder: true,
  };
}
