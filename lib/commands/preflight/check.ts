import type { EnvironmentConfig } from '../../environment/environment-config';
import { type AccountReader } from './aws-account';
import { type GithubReader } from './github-reader';
import { type Requirements } from './requirements';

/** Outcome of one check. */
export interface CheckResult {
  readonly check: string;
  readonly needed: string;
  readonly found: string;
  /** `unknown` when the answer could not be had. */
  readonly state: 'ok' | 'warning' | 'problem' | 'unknown';
  /** What a person should do; absent when it is ok. */
  readonly advice?: string;
}

/** What a check found. */
export type Finding = Pick<CheckResult, 'found' | 'state' | 'advice'>;

/** One row of the report: what is needed, and how to find whether it is there. */
export interface Check {
  readonly check: string;
  readonly needed: string;
  readonly find: () => Promise<Finding>;
}

/** What checks look at. */
export interface CheckContext {
  readonly environment: EnvironmentConfig;
  readonly requirements: Requirements;
  readonly account: AccountReader;
  /** Absent without a token for GitHub. */
  readonly github?: GithubReader;
}

/** The checks of one topic; what an environment does not need is false or undefined. */
export type Topic = (context: CheckContext) => (Check | false | undefined)[];

/** One row of the report. */
export function check(name: string, needed: string, find: Check['find']): Check {
  return { check: name, needed, find };
}

/** All is fine. */
export function ok(found: string): Finding {
  return { found, state: 'ok' };
}

/** The deployment would fail. @param advice what to do */
export function problem(found: string, advice: string): Finding {
  return { found, state: 'problem', advice };
}

/** Something to know before the deployment. */
export function warning(found: string, advice: string): Finding {
  return { found, state: 'warning', advice };
}

/** Fine, or a problem with what to do. */
export function findingIf(fine: boolean, found: string, advice: string): Finding {
  return fine ? ok(found) : problem(found, advice);
}

/** Fine without problems; else they are what was found. */
export function findingOf(problems: readonly string[], found: string, advice: string): Finding {
  return problems.length === 0 ? ok(found) : problem(problems.join('; '), advice);
}

/** Runs a check; what could not be read is unknown, with the reason. */
export async function run({ check, needed, find }: Check): Promise<CheckResult> {
  try {
    return { check, needed, ...(await find()) };
  } catch (error) {
    return { check, needed, found: 'unknown', state: 'unknown', advice: `could not be read: ${reasonOf(error)}` };
  }
}

/** One line; errors of connections have their reason inside. */
export function reasonOf(error: unknown): string {
  const { message, errors, code } = error as Error & { errors?: Error[]; code?: string };
  return (message || errors?.[0]?.message || code || String(error)).split('\n')[0];
}
