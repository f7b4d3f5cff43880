import { Lambda } from '@aws-sdk/client-lambda';
import {
  type ObjectDrift,
  operationsFunctionName,
  type ReapplyTick,
  type ReleaseOperation,
  type ReleaseSummary,
} from '../../../constructs/kubernetes/contract/release-operations';
import { ReleaseTier } from '../../../constructs/kubernetes/contract/release-tier';
import { UserError } from '../command-line/user-error';
import type { EnvironmentConfig } from '../../environment/environment-config';
import { withOwnName } from './commands';

/** What a Lambda function answered. */
export interface Invocation {
  /** JSON. */
  readonly payload: string;
  /** Set when the function itself failed; the payload then holds `errorMessage`. */
  readonly functionError?: string;
}

/** Invokes Lambda functions of one region. */
export type FunctionInvoker = Pick<LambdaInvoker, 'invoke'>;

/** Lambda functions of one region, invoked as the present AWS identity. */
export class LambdaInvoker {
  private readonly client: Lambda;

  public constructor(region: string) {
    this.client = new Lambda({ region });
  }

  /** @throws an error of the AWS SDK when the function does not exist or may not be invoked */
  public async invoke(functionName: string, event: unknown): Promise<Invocation> {
    const { Payload, FunctionError } = await this.client.invoke({
      FunctionName: functionName,
      Payload: JSON.stringify(event),
    });
    return {
      payload: Buffer.from(Payload ?? []).toString(),
      ...(FunctionError ? { functionError: FunctionError } : {}),
    };
  }
}

/** What the functions of both tiers have answered. */
export interface ListedReleases {
  readonly releases: readonly ReleaseSummary[];
  /** Tiers whose function did not answer. */
  readonly failures: readonly { readonly tier: ReleaseTier; readonly error: unknown }[];
}

/** Asks the handler of an environment's releases, which has one function a tier. */
export class ReleaseOperationsClient {
  constructor(
    private readonly environment: EnvironmentConfig,
    private readonly invoker: FunctionInvoker,
  ) {}

  /** The releases of both tiers, by their names, with how they are. */
  public list(): Promise<ListedReleases> {
    return this.listed({ operation: 'list' });
  }

  /** The releases of both tiers by what was recorded alone: the cluster is not asked, and may be out of reach. */
  public records(): Promise<ListedReleases> {
    return this.listed({ operation: 'list', recordsOnly: true });
  }

  private async listed(operation: ReleaseOperation): Promise<ListedReleases> {
    const tiers = Object.values(ReleaseTier);
    const answers = await Promise.allSettled(tiers.map((tier) => this.ask<ReleaseSummary[]>(tier, operation)));
    return {
      releases: answers
        .flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
        .sort((a, b) => nameOfRelease(a).localeCompare(nameOfRelease(b))),
      failures: answers.flatMap((answer, index) =>
        answer.status === 'rejected' ? [{ tier: tiers[index], error: answer.reason as unknown }] : [],
      ),
    };
  }

  /** How the live objects differ from a release; empty when they do not. */
  public drift({ tier, namespace, name }: ReleaseSummary): Promise<ObjectDrift[]> {
    return this.ask(tier, { operation: 'drift', namespace, name });
  }

  /**
   * One tick of putting a release back.
   *
   * @param id the same for all ticks of one request
   * @param startedAt as the first tick has answered; undefined for the first
   */
  public reapply({ tier, namespace, name }: ReleaseSummary, id: string, startedAt?: number): Promise<ReapplyTick> {
    return this.ask(tier, {
      operation: 'reapply',
      namespace,
      name,
      id,
      ...(startedAt === undefined ? {} : { startedAt }),
    });
  }

  private async ask<T>(tier: ReleaseTier, operation: ReleaseOperation): Promise<T> {
    const { name, region, cluster } = this.environment;
    const functionName = operationsFunctionName(
      'existing' in cluster ? cluster.existing.name : cluster.create.name,
      tier,
    );
    const { payload: said, functionError } = await this.invoker
      .invoke(functionName, operation)
      .catch((error: unknown) => {
        if ((error as Error).name !== 'ResourceNotFoundException') throw error;
        throw new UserError(
          `function ${functionName}: expected it in ${region}, found none; deploy it with \`npx cdk deploy ${name}/Cluster\``,
        );
      });
    const payload = withOwnName(said, this.environment);
    if (functionError !== undefined)
      throw new UserError(
        `function ${functionName} failed: ${errorMessageOf(payload)}; its log in CloudWatch Logs says more`,
      );
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
