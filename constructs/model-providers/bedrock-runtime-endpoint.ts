import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { type BedrockModel } from './bedrock-model';

/** Properties of `BedrockRuntimeEndpoint`. */
export interface BedrockRuntimeEndpointProps {
  /** Network of the callers. */
  readonly vpc: ec2.IVpc;

  /** Models that may be called through the endpoint. */
  readonly models: BedrockModel[];

  /**
   * Subnets of the endpoint.
   *
   * @default - the private subnets
   */
  readonly subnets?: ec2.SubnetSelection;
}

/**
 * The way to Amazon Bedrock without the internet: an interface endpoint whose policy lets identities of the account call the given
 * models, and nothing else. One a VPC: it takes the name of the service in the VPC's DNS.
 */
export class BedrockRuntimeEndpoint extends Construct implements ec2.IConnectable {
  /** Who may open connections to the endpoint: nobody until allowed. */
  public readonly connections: ec2.Connections;

  /** The endpoint. */
  public readonly endpoint: ec2.InterfaceVpcEndpoint;

  /**
   * @throws when no model is given.
   */
  constructor(scope: Construct, id: string, props: BedrockRuntimeEndpointProps) {
    super(scope, id);
    if (props.models.length === 0)
      throw new Error(
        `${this.node.path}: models: expected at least one, got none; the endpoint would let nothing pass`,
      );
    this.endpoint = new ec2.InterfaceVpcEndpoint(this, 'Resource', {
      vpc: props.vpc,
      service: ec2.InterfaceVpcEndpointAwsService.BEDROCK_RUNTIME,
      subnets: props.subnets,
      open: false,
    });
    props.models.forEach((model, index) =>
      model.invokeStatements().forEach((statement) =>
        this.endpoint.addToPolicy(
          statement.copy({
            sid: `${statement.sid}${index}`,
            principals: [new iam.AnyPrincipal()],
            conditions: {
              ...statement.conditions,
              StringEquals: { ...stringEquals(statement), 'aws:PrincipalAccount': Stack.of(this).account },
            },
          }),
        ),
      ),
    );
    this.connections = this.endpoint.connections;
  }
}

function stringEquals(statement: iam.PolicyStatement): Record<string, unknown> {
  return (statement.conditions as Record<string, Record<string, unknown>>).StringEquals ?? {};
}
