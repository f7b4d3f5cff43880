import { setImmediate } from 'node:timers/promises';
import {
  type ObjectDrift,
  operationsFunctionName,
  type ReapplyTick,
  type ReleaseOperation,
  type ReleaseSummary,
} from '../../../../constructs/kubernetes/contract/release-operations';
import { ReleaseTier } from '../../../../constructs/kubernetes/contract/release-tier';
import { production, rehearsal, staging } from '../../../../environments';
import { type FunctionInvoker, type Invocation } from '../../../../lib/commands/releases/release-operations-client';
import { releasesCommand } from '../../../../lib/commands/releases/releases-command';
import { type StackEvent, type StackResource, type Stacks } from '../../../../lib/commands/releases/stacks';

/** What the function's clock says. */
export const STARTED_AT = Date.UTC(2026, 2, 1, 12);

/** The release of the model `chat`. */
export const CHAT: ReleaseSummary = {
  namespace: 'models',
  name: 'chat',
  tier: ReleaseTier.MODEL,
  owner: 'arn:aws:cloudformation:us-east-1:111111111111:stack/staging-Serving-chat/ModelRelease25959DE1',
  digest: '3f2a91c07b1e5d6644aa',
  revisions: ['r2'],
  releasedAt: '2026-03-01T12:05:09.123Z',
  state: 'healthy',
};

/** The release of the platform, which brings the namespace of the models. */
export const PLATFORM: ReleaseSummary = {
  namespace: 'kube-system',
  name: 'platform',
  tier: ReleaseTier.PLATFORM,
  owner: 'arn:aws:cloudformation:us-east-1:111111111111:stack/staging-Platform/PlatformRelease0A1B2C3D',
  digest: '9ab0c1d2e3f45566',
  revisions: [],
  releasedAt: '2026-02-27T08:00:00Z',
  state: 'healthy',
};

/** The handler's functions of one environment, in memory. */
export class FakeHandlers implements FunctionInvoker {
  readonly asked: { functionName: string; operation: ReleaseOperation }[] = [];
  releases: ReleaseSummary[] = [CHAT, PLATFORM];
  /** By `<namespace>/<name>`; text is the message of a function that failed. */
  drift: Record<string, ObjectDrift[] | string> = {};
  /** Answered one after the other; `startedAt` is added. */
  ticks: Omit<ReapplyTick, 'startedAt'>[] = [];
  /** Tiers whose list fails, with the message. */
  unlisted: Partial<Record<ReleaseTier, string>> = {};
  /** Most invocations that were under way at once. */
  mostAtOnce = 0;
  private underWay = 0;
  /** Thrown by every invocation. */
  error?: Error;

  async invoke(functionName: string, event: unknown): Promise<Invocation> {
    const operation = event as ReleaseOperation;
    this.asked.push({ functionName, operation });
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.underWay);
    await setImmediate();
    this.underWay -= 1;
    if (this.error) throw this.error;
    return this.answer(functionName, operation);
  }

  private answer(functionName: string, operation: ReleaseOperation): Invocation {
    const ok = (value: unknown): Invocation => ({ payload: JSON.stringify(value) });
    const failed = (message: string): Invocation => ({
      functionError: 'Unhandled',
      payload: JSON.stringify({ errorType: 'Error', errorMessage: `${message}\n  at x` }),
    });
    if (operation.operation === 'list') {
      const tier = Object.values(ReleaseTier).find((each) => functionName.endsWith(`-${each}-operations`))!;
      return this.unlisted[tier] === undefined
        ? ok(
            this.releases.filter(
              (release) => release.tier === tier && functionName === operationsFunctionName('llm-staging', tier),
            ),
          )
        : failed(this.unlisted[tier]);
    }
    // By the function's own clock, and another one each time: what counts is the first answer.
    if (operation.operation === 'reapply')
      return ok({ startedAt: STARTED_AT + this.asked.length, ...this.ticks.shift() });
    const drift = this.drift[`${operation.namespace}/${operation.name}`] ?? [];
    return typeof drift === 'string' ? failed(drift) : ok(drift);
  }
}

/** CloudFormation, in memory. */
export class FakeStacks implements Stacks {
  readonly continued: { name: string; skip: readonly string[] }[] = [];
  /** What happens once a rollback is continued; each look sees one event more, after one that sees none. */
  rollback: Omit<StackEvent, 'at' | 'type'>[] = [];
  /** Resources once the rollback was continued. */
  resourcesAfter: StackResource[] = [];
  error?: Error;
  private token = '';
  private looks = 0;

  constructor(
    private readonly statuses: Record<string, string> = {},
    private readonly before: StackResource[] = [],
  ) {}

  find(name: string) {
    if (this.error) return Promise.reject(this.error);
    return Promise.resolve(name in this.statuses ? { name, status: this.statuses[name] } : undefined);
  }

  resources() {
    return Promise.resolve(this.continued.length > 0 ? this.resourcesAfter : this.before);
  }

  continueRollback(name: string, skip: readonly string[], token: string) {
    this.continued.push({ name, skip });
    this.token = token;
    return Promise.resolve();
  }

  events(_: string, token: string) {
    if (token !== this.token) throw new Error('events of another request');
    return Promise.resolve(
      this.rollback
        .slice(0, this.looks++)
        .map((event, index) => ({ ...event, type: '', at: new Date(Date.UTC(2026, 2, 1, 12, 6, index)) })),
    );
  }
}

/** Runs the command with lines of up to 100 characters, and returns what it printed. */
export function run(handlers: FunctionInvoker, stacks: Stacks, ...args: string[]): Promise<string> {
  return runIn({ width: 100 }, handlers, stacks, ...args);
}

/** Where the command runs. */
export interface Terminal {
  readonly width: number;
  /** @default the one of the environment */
  readonly account?: string;
}

export async function runIn(
  { width, account }: Terminal,
  handlers: FunctionInvoker,
  stacks: Stacks,
  ...args: string[]
): Promise<string> {
  const printed: string[] = [];
  const environments = [staging, production, rehearsal()];
  const command = releasesCommand({
    environments,
    accountOf: () => Promise.resolve(account ?? environments.find(({ name }) => name === args[0])!.account),
    functions: (region) => {
      expect(region).toBe('us-east-1');
      return handlers;
    },
    stacks: () => stacks,
    print: (text) => printed.push(text),
    width,
    intervalMs: 1,
  })
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  await command.parseAsync(args, { from: 'user' });
  const text = printed.join('\n');
  // A command to copy is the one thing that may be longer.
  expect(
    text.split('\n').filter((line) => line.length > width && !/^(next|    ) {2}(npm run|npx|aws) /.test(line)),
  ).toEqual([]);
  return text;
}
