/** Names of what every model has. */

/** Namespace of models. */
export const MODEL_NAMESPACE = 'models';

/** Port of every engine. */
export const ENGINE_PORT = 8000;
