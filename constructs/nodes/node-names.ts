/** Names and sizes that nodes, models and device plugins agree on. */

/** Label of a node that leads models to it; its value is the instance type. */
export const ACCELERATOR_LABEL = 'llm-platform.dev/accelerator';

/** Label of a node that says what it is for. */
export const NODES_LABEL = 'llm-platform.dev/nodes';

/** Value of `NODES_LABEL` of nodes with an accelerator. */
export const ACCELERATED_NODES = 'gpu';

/** Label of a node that says which operating system its image holds; device plugins go by it. */
export const OPERATING_SYSTEM_LABEL = 'llm-platform.dev/node-image';

/** Grace period of a model with its own times, seconds. */
export const MODEL_GRACE_SECONDS = 105;

/** Value of the taint that keeps pods away that ask for no accelerator. Its key is the accelerator's resource. */
export const TAINT_VALUE = 'present';
