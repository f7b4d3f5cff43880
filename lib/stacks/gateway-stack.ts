import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { AiGateway } from '../../constructs/gateway';
import type { IReleaseProvider } from '../../constructs/kubernetes';
import type { ModelService } from '../../constructs/serving';
import type { EnvironmentConfig } from '../environment/environment-config';
import type { GatewayConfig } from '../environment/gateway/gateway-config';
import { gatewayOptions } from '../environment/gateway/gateway-options';

export interface GatewayStackProps extends StackProps {
  readonly environment: EnvironmentConfig;
  readonly gateway: GatewayConfig;
  readonly provider: IReleaseProvider;
  /** Role of External Secrets, which brings the gateway its keys. */
  readonly externalSecretsRole?: iam.IRole;
  /** Models of the environment; those that the gateway names let it in. */
  readonly served: readonly ModelService[];
}

/** The gateway in front of the models. It comes after them, and its deployment takes none of them back. */
export class GatewayStack extends Stack {
  public readonly gateway: AiGateway;

  constructor(scope: Construct, id: string, props: GatewayStackProps) {
    super(scope, id, props);
    const { environment, provider, externalSecretsRole } = props;
    const problems: string[] = [];
    const options = gatewayOptions(props.gateway, environment, this, problems);
    // checkEnvironment reports them before there is a stack.
    if (problems.length > 0) throw new Error(`${this.node.path}:\n  ${problems.join('\n  ')}`);
    const gateway = new AiGateway(this, 'Gateway', { provider, externalSecretsRole, ...options });
    this.gateway = gateway;
    const named = new Set(props.gateway.models.filter(({ kind }) => kind === 'self-hosted').map(({ name }) => name));
    for (const service of props.served) if (named.has(service.modelName)) gateway.allowTo(service);
    new CfnOutput(this, 'Judgement', {
      value: gateway.release.judgement,
      description: 'What the gates of the last deployment have judged',
    });
  }
}
