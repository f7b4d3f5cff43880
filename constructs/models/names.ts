import { isUnresolved } from '../checks/unresolved';

/** Names of what every model has. */

/** Namespace of models. */
export const MODEL_NAMESPACE = 'models';

/** Port of every engine. */
export const ENGINE_PORT = 8000;

/** Longest model name: a pod's name, `<model>-<10 of the template's hash>-<5>`, is a host name of at most 63 characters. */
const MAX_NAME = 46;

/**
 * What is wrong with the name of a model; empty when nothing is.
 *
 * @param option the option, as its user wrote it
 */
export function modelNameProblems(option: string, name: string): string[] {
  // The name becomes that of a Service, which unlike other names has to start with a letter.
  return isUnresolved(name) || (/^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(name) && name.length <= MAX_NAME)
    ? []
    : [
        `${option}: expected lower-case letters, digits and hyphens, a letter first, at most ${MAX_NAME} characters, got ${JSON.stringify(name)}; rename it, it becomes the name of a Service and of pods`,
      ];
}
