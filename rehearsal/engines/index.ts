export { type EngineName, type EngineOptions, type InstalledEngine } from './installed-engine';
export { cachedEngine, ENGINES, obtainEngine } from './obtain-engine';
