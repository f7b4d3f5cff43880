import { isUnresolved } from '../../checks/unresolved';
import { type ModelArchitectureFacts } from './model-architecture-facts';
import { type ModelShape } from './model-shape';

/**
 * Sizes of a model from facts alone: the parameters that are not embeddings count as matrices of its layers.
 *
 * @throws when a fact is missing or impossible; the error lists every problem.
 */
export function shapeOfFacts(facts: ModelArchitectureFacts): ModelShape {
  const {
    parameters,
    layers,
    hiddenSize,
    attentionHeads,
    vocabularySize,
    maxContextTokens,
    activeParameters = parameters,
    kvHeads = attentionHeads,
    headDim = Math.floor(hiddenSize / attentionHeads),
    attentionLayers = layers,
  } = facts;
  const given: Readonly<Record<string, number | undefined>> = {
    parameters,
    activeParameters: facts.activeParameters,
    layers,
    hiddenSize,
    attentionHeads,
    kvHeads: facts.kvHeads,
    headDim: facts.headDim,
    vocabularySize,
    maxContextTokens,
    attentionLayers: facts.attentionLayers,
    stateBytes: facts.stateBytes,
  };
  const problems = Object.entries(given)
    .filter(([, value]) => value !== undefined && (!Number.isInteger(value) || value < 1))
    .map(
      ([prop, value]) =>
        `${prop}: expected a whole number from 1, got ${isUnresolved(value) ? 'a deploy-time value' : value}; take it from the model's card`,
    );
  const embeddingParameters = vocabularySize * hiddenSize;
  if (problems.length === 0) {
    if (parameters < embeddingParameters)
      problems.push(
        `parameters: expected more than the embeddings of the vocabulary (${embeddingParameters}), got ${parameters}; take it from the model's card`,
      );
    if (activeParameters > parameters)
      problems.push(
        `activeParameters: expected at most ${parameters}, got ${activeParameters}; a token passes no more than there are`,
      );
    if (attentionHeads % kvHeads !== 0)
      problems.push(
        `kvHeads: expected a divisor of the ${attentionHeads} attention heads, got ${kvHeads}; take it from the model's card`,
      );
    if (attentionLayers > layers)
      problems.push(
        `attentionLayers: expected at most ${layers}, got ${attentionLayers}; it counts some of the layers`,
      );
    if (attentionLayers < layers && facts.stateBytes === undefined)
      problems.push(
        `stateBytes: expected the bytes that the ${layers - attentionLayers} layers without keys and values keep of a sequence, got none; add up their states`,
      );
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const head = parameters - 2 * embeddingParameters > 0 ? embeddingParameters : 0;
  const sparse = activeParameters < parameters;
  return {
    modelType: 'of',
    hiddenSize,
    layers,
    attentionHeads,
    kvHeads,
    headDim,
    vocabularySize,
    maxContextTokens,
    matrices: [],
    linearParameters: parameters - embeddingParameters - head,
    // As if one of many experts were passed, with the rest of the layers in it.
    expertParameters: sparse ? parameters - embeddingParameters - head : 0,
    experts: sparse ? parameters - embeddingParameters - head : 0,
    expertsPerToken: sparse ? Math.max(1, activeParameters - embeddingParameters - head) : 0,
    otherParameters: 0,
    embeddingParameters,
    headParameters: head,
    visionParameters: 0,
    intermediateSizes: [],
    activationWidth: 4 * hiddenSize,
    kvGroups: [{ layers: attentionLayers, elements: 2 * kvHeads * headDim, heads: kvHeads }],
    // Ranks may have to keep all of it.
    states: facts.stateBytes === undefined ? [] : [{ layers: 1, bytes: facts.stateBytes, heads: 0 }],
    encoder: false,
  };
}
