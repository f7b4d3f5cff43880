import * as cdk8s from 'cdk8s';
import type { Construct } from 'constructs';

/** Properties of `DefinitionsChart`. */
export interface DefinitionsChartProps {
  /** CustomResourceDefinitions as plain objects. */
  readonly definitions: cdk8s.ApiObjectProps[];
}

/** CustomResourceDefinitions for a cluster whose controllers come without their Helm charts. */
export class DefinitionsChart extends cdk8s.Chart {
  constructor(scope: Construct, id: string, props: DefinitionsChartProps) {
    super(scope, id);
    for (const definition of props.definitions) {
      new cdk8s.ApiObject(this, String(definition.metadata?.name), definition);
    }
  }
}
