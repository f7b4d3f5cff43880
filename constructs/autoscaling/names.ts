import { MODEL_LABEL } from '../kubernetes/names';

/** Alert on an autoscaler that cannot read what it scales by. */
export const SCALING_BLIND_ALERT = 'ModelScalingBlind';

/** Alert on a pause of scaling that was forgotten. */
export const SCALING_PAUSED_ALERT = 'ModelScalingPaused';

/** Label of a model's series, which its PodMonitor copies from its pods. */
export const MODEL_SERIES_LABEL = MODEL_LABEL.replace(/[^a-zA-Z0-9]/g, '_');
