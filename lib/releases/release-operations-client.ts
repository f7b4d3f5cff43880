import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  type ObjectDrift, operationsFunctionName, type ReapplyTick, type ReleaseOperation, type ReleaseSummary,
} from '../../constructs/kubernetes/release-operations';
import { ReleaseTier } from '../../constructs/kubernetes/release-tier';
import { UserError } from '../command-line/user-error';
import type { EnvironmentConfig } from '../environment';

/** What a Lambda function answered. */
export interface Invocation {
  /** JSON. */
  readonly payload: string;
  /** Set when the function itself failed; the payload then holds `errorMessage`. */
  readonly functionError?: string;
}

/** Invokes Lambda functions of one region. */
export interface FunctionInvoker {
  /** @throws an error of the AWS SDK when the function does not exist or may not be invoked */
  invoke(functionName: string, event: unknown): Promise<Invocation>;
}

/** Lambda functions of one region, invoked as the present AWS identity. */
export class LambdaInvoker implements FunctionInvoker {
  private readonly client: LambdaClient;

  public constructor(region: string) {
    this.client = new LambdaClient({ region });
  }

  public async invoke(functionName: string, event: unknown): Promise<Invocation> {
    const { Payload, FunctionError } = await this.client.send(new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(event) }));
    return { payload: Buffer.from(Payload ?? []).toString(), ...(FunctionError ? { functionError: FunctionError } : {}) };
  }
}

/** Asks the handler of an environment's releases, which has one function a tier. */
export class ReleaseOperationsClient {
  constructor(private readonly environment: EnvironmentConfig, private readonly invoker: FunctionInvoker) {}

  /** The releases of both tiers, by their names. */
  public async list(): Promise<ReleaseSummary[]> {
    const tiers = await Promise.all(Object.values(ReleaseTier).map((tier) => this.ask<ReleaseSummary[]>(tier, { operation: 'list' })));
    return tiers.flat().sort((a, b) => nameOfRelease(a).localeCompare(nameOfRelease(b)));
  }

  /** How the live objects differ from a release; empty when they do not. */
  public drift({ tier, namespace, name }: ReleaseSummary): Promise<ObjectDrift[]> {
    return this.ask(tier, { operation: 'drift', namespace, name });
  }

  /**
   * One tick of putting a release back.
   *
   * @param id the same for all ticks of one request
   * @param startedAt when the request was made, milliseconds since the epoch
   */
  public reapply({ tier, namespace, name }: ReleaseSummary, id: string, startedAt: number): Promise<ReapplyTick> {
    return this.ask(tier, { operation: 'reapply', namespace, name, id, startedAt });
  }

  private async ask<T>(tier: ReleaseTier, operation: ReleaseOperation): Promise<T> {
    const { name, region, cluster } = this.environment;
    const functionName = operationsFunctionName('existing' in cluster ? cluster.existing.name : cluster.create.name, tier);
    const { payload, functionError } = await this.invoker.invoke(functionName, operation).catch((error: unknown) => {
      if ((error as Error).name !== 'ResourceNotFoundException') throw error;
      throw new UserError(`function ${functionName}: expected it in ${region}, found none; deploy it with \`npx cdk deploy ${name}/Cluster\``);
    });
    if (functionError !== undefined) throw new UserError(`function ${functionName} failed: ${errorMessageOf(payload)}; its log in CloudWatch Logs says more`);
    return JSON.parse(payload) as T;
  }
}

/** `models/chat` */
export function nameOfRelease({ namespace, name }: Pick<ReleaseSummary, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

function errorMessageOf(payload: string): string {
  try {
    const { errorMessage } = JSON.parse(payload) as { errorMessage?: string };
    return (errorMessage ?? payload).split('\n')[0];
  } catch {
    return payload.split('\n')[0];
  }
}
