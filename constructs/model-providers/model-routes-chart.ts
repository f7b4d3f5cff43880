import * as cdk8s from 'cdk8s';
import type { Construct } from 'constructs';
import { CONTENT_NAMED_ANNOTATION } from '../kubernetes/contract/names';

/** Name of the ConfigMap, before its content is appended to it. */
export const MODEL_ROUTES = 'model-routes';

/** Key of the ConfigMap. */
export const MODEL_ROUTES_KEY = 'config.yaml';

/** Properties of `ModelRoutesChart`. */
export interface ModelRoutesChartProps {
  /** Namespace of the gateway. */
  readonly namespace: string;

  /** Configuration of the gateway, as `ModelRoutes.configText` gives it. */
  readonly config: string;
}

/**
 * The routes and fallbacks of models as a ConfigMap, for the release of a gateway: named by its content and immutable, so that each revision
 * of the gateway keeps the routes it was started with.
 */
export class ModelRoutesChart extends cdk8s.Chart {
  constructor(scope: Construct, id: string, props: ModelRoutesChartProps) {
    super(scope, id);
    new cdk8s.ApiObject(this, 'routes', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace: props.namespace, name: MODEL_ROUTES, annotations: { [CONTENT_NAMED_ANNOTATION]: 'true' } },
      data: { [MODEL_ROUTES_KEY]: props.config },
    });
  }
}
