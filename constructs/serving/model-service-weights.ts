import { Stack, Token } from 'aws-cdk-lib';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import { Construct } from 'constructs';
import { PodIdentityRole } from '../cluster/pod-identity-role';
import { type IModelWeights } from '../weights/model-weights';
import { type ImportedWeights } from '../weights/stored-weights';

/** Properties of `WeightsReader`. */
export interface WeightsReaderProps {
  readonly clusterName: string;
  readonly namespace: string;
  /** Name of the model, and of the service account of its pods. */
  readonly modelName: string;
  readonly weights: ImportedWeights;
  readonly weightsBucket: IModelWeights;
}

/** The identity under which the pods of a model read its weights, and nothing else. */
export class WeightsReader extends Construct {
  /** What is wrong with the bucket of a model's weights, one line a problem; empty when nothing is. */
  public static problemsOf(scope: Construct, weights: ImportedWeights | undefined, bucket: IModelWeights | undefined): string[] {
    if (weights === undefined) return bucket === undefined ? [] : ['weightsBucket: expected none without weights, got a bucket; give weights, or leave it out'];
    if (bucket === undefined) return ['weightsBucket: expected the bucket of the weights, got none; give the ModelWeights into which they were imported'];
    const { region } = Stack.of(scope);
    return Token.isUnresolved(region) || Token.isUnresolved(bucket.region) || region === bucket.region
      ? []
      : [`weightsBucket: expected a bucket in ${region}, got one in ${bucket.region}; each start of a pod would carry the weights between regions, import them into ${region}`];
  }

  constructor(scope: Construct, id: string, props: WeightsReaderProps) {
    super(scope, id);
    const { clusterName, namespace, modelName, weights, weightsBucket } = props;
    const identity = new PodIdentityRole(this, 'Role', { description: `Reads the weights of ${modelName}` });
    weightsBucket.grantRead(identity, weights);
    new eks.CfnPodIdentityAssociation(this, 'Association', { clusterName, namespace, serviceAccount: modelName, roleArn: identity.role.roleArn });
  }
}
