export { type EngineName, type InstalledEngine } from './installed-engine';
export { cachedEngine, ENGINES, obtainEngine } from './obtain-engine';
