export * from './model-weights';
export { type ImportedWeights, WeightsDelivery, type WeightsReference } from './stored-weights';
