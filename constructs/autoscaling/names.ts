import { MODEL_LABEL } from '../kubernetes/names';

/** Label of a model's series, which its PodMonitor copies from its pods. */
export const MODEL_SERIES_LABEL = MODEL_LABEL.replace(/[^a-zA-Z0-9]/g, '_');
