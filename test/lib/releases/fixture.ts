import { type ObjectDrift, operationsFunctionName, type ReapplyTick, type ReleaseOperation, type ReleaseSummary } from '../../../constructs/kubernetes/release-operations';
import { ReleaseTier } from '../../../constructs/kubernetes/release-tier';
import { production, rehearsal, staging } from '../../../environments';
import { type FunctionInvoker, type Invocation } from '../../../lib/releases/release-operations-client';
import { releasesCommand } from '../../../lib/releases/releases-command';
import { type StackEvent, type StackResource, type Stacks } from '../../../lib/releases/stacks';

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
  /** Answered one after the other. */
  ticks: ReapplyTick[] = [];
  /** Thrown by every invocation. */
  error?: Error;

  invoke(functionName: string, event: unknown): Promise<Invocation> {
    const operation = event as ReleaseOperation;
    this.asked.push({ functionName, operation });
    if (this.error) return Promise.reject(this.error);
    return Promise.resolve(this.answer(functionName, operation));
  }

  private answer(functionName: string, operation: ReleaseOperation): Invocation {
    const ok = (value: unknown): Invocation => ({ payload: JSON.stringify(value) });
    if (operation.operation === 'list') return ok(this.releases.filter(({ tier }) => functionName === operationsFunctionName('llm-staging', tier)));
    if (operation.operation === 'reapply') return ok(this.ticks.shift());
    const drift = this.drift[`${operation.namespace}/${operation.name}`] ?? [];
    return typeof drift === 'string' ? { functionError: 'Unhandled', payload: JSON.stringify({ errorType: 'Error', errorMessage: `${drift}\n  at x` }) } : ok(drift);
  }
}

/** CloudFormation, in memory. */
export class FakeStacks implements Stacks {
  readonly continued: { name: string; skip: readonly string[] }[] = [];
  /** What goes on once a rollback is continued; each look sees one event more, after one that sees none. */
  rollback: Omit<StackEvent, 'at' | 'type'>[] = [];
  /** Resources once the rollback was continued. */
  resourcesAfter: StackResource[] = [];
  error?: Error;
  private token = '';
  private looks = 0;

  constructor(private readonly statuses: Record<string, string> = {}, private readonly before: StackResource[] = []) {}

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
    return Promise.resolve(this.rollback.slice(0, this.looks++).map((event, index) => ({ ...event, type: '', at: new Date(Date.UTC(2026, 2, 1, 12, 6, index)) })));
  }
}

/** Runs the command, and returns what it printed. */
export async function run(handlers: FunctionInvoker, stacks: Stacks, ...args: string[]): Promise<string> {
  const printed: string[] = [];
  const command = releasesCommand({
    environments: [staging, production, rehearsal()],
    functions: (region) => {
      expect(region).toBe('us-east-1');
      return handlers;
    },
    stacks: () => stacks,
    print: (text) => printed.push(text),
    intervalMs: 1,
  }).exitOverride().configureOutput({ writeErr: () => undefined });
  await command.parseAsync(args, { from: 'user' });
  const text = printed.join('\n');
  expect(text.split('\n').filter((line) => line.length > 100)).toEqual([]);
  return text;
}
