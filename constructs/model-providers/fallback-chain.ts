import { isUnresolved } from '../checks/unresolved';
import { type IModelEndpoint } from './model-endpoint';

/** Fallbacks that LiteLLM tries for one request, unless it is told otherwise. */
const MOST_FALLBACKS = 5;

/** A name that is legal as a Kubernetes object's and yields distinct environment variables. */
const NAME = /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/;

/** The fallbacks of a model, in the order in which they are asked; ends where a model comes again. */
export function fallbacksOf(endpoint: IModelEndpoint): IModelEndpoint[] {
  const chain: IModelEndpoint[] = [];
  for (
    let next = endpoint.fallback;
    next !== undefined && next !== endpoint && !chain.includes(next);
    next = next.fallback
  )
    chain.push(next);
  return chain;
}

/** What is wrong with the name and the fallbacks of a model, one problem per line; empty when nothing is. */
export function fallbackProblems(modelName: string, first?: IModelEndpoint): string[] {
  return [...nameProblems(modelName), ...chainProblems(modelName, first)];
}

/**
 * What is wrong with the fallbacks of a model whose name is checked elsewhere, one problem per line; empty when nothing is.
 *
 * @param modelName name of the model
 * @param first its first fallback
 */
export function chainProblems(modelName: string, first?: IModelEndpoint): string[] {
  const names = [modelName];
  for (let next = first; next !== undefined; next = next.fallback) {
    if (names.includes(next.modelName)) {
      return [
        next.modelName === modelName && names.length === 1
          ? `fallback: expected another model than ${JSON.stringify(modelName)} itself, got a model of that name; a model that fails cannot stand in for itself, name another one`
          : `fallback: expected models that differ, got ${[...names, next.modelName].join(' → ')}; end the chain before it comes back`,
      ];
    }
    names.push(next.modelName);
  }
  return names.length - 1 > MOST_FALLBACKS
    ? [
        `fallback: expected at most ${MOST_FALLBACKS} models in a row, got ${names.slice(1).join(' → ')}; the gateway asks no more of them`,
      ]
    : [];
}

function nameProblems(modelName: string): string[] {
  if (isUnresolved(modelName))
    return [
      'modelName: expected a name that is known at synth, got a deploy-time value; fallbacks refer to models by name',
    ];
  return NAME.test(modelName)
    ? []
    : [
        `modelName: expected lower-case letters, digits, hyphens and dots, at most 63, got ${JSON.stringify(modelName)}; it is the name by which callers ask`,
      ];
}
