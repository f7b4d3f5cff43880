/** Account under which every endpoint picker of a namespace runs. */
export const ENDPOINT_PICKER_ACCOUNT = 'endpoint-picker';

/** Label of the pods that pick replicas of a model; its value is the model's name. */
export const PICKS_FOR_LABEL = 'llm-platform.dev/picks-for';

/** Port on which a gateway asks an endpoint picker. */
export const ENDPOINT_PICKER_PORT = 9002;

/** Port of an endpoint picker's health checks. */
export const ENDPOINT_PICKER_HEALTH_PORT = 9003;

/** Port of an endpoint picker's metrics. */
export const ENDPOINT_PICKER_METRICS_PORT = 9090;
