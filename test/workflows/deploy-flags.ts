import { parse } from 'yaml';

/** Files that say how this repository is deployed, by their path in it. */
export type DeliveryFiles = Readonly<Record<string, string>>;

interface ForbiddenFlag {
  readonly pattern: RegExp;
  /** Other programs know the flag too: it counts only in a command of the CDK. */
  readonly ofCdkOnly?: boolean;
  readonly reason: string;
}

const END = '(?=$|[\\s=\'"])';
const START = '(?:^|[\\s\'"])';

const FORBIDDEN: readonly ForbiddenFlag[] = [
  {
    pattern: new RegExp(`${START}(--express)${END}`),
    reason:
      'the deployment would end before resources are stable, and a canary that fails later would be taken back by nobody',
  },
  {
    pattern: new RegExp(`${START}(--hotswap(?:-fallback|-ecs[\\w-]*)?)${END}`),
    reason: 'it changes resources past CloudFormation, which then neither knows what is deployed nor rolls it back',
  },
  {
    pattern: new RegExp(`${START}(--no-rollback|--rollback[= ]false)${END}`),
    reason:
      'a canary that fails would leave its revision in the stack, and the next deployment could not replace resources',
  },
  {
    pattern: new RegExp(`${START}(--watch)${END}`),
    ofCdkOnly: true,
    reason: 'it stands for --hotswap: it changes resources past CloudFormation',
  },
  {
    pattern: new RegExp(`${START}(-R)${END}`),
    ofCdkOnly: true,
    reason: 'it is short for --no-rollback: a canary that fails would leave its revision in the stack',
  },
  {
    pattern: new RegExp(`${START}(--force|-f)${END}`),
    ofCdkOnly: true,
    reason:
      'with deploy it deploys what has not changed, with rollback it gives resources up that fail to roll back, and neither asks',
  },
];

/** Settings of cdk.json that stand for the flags. */
const FORBIDDEN_SETTINGS: Readonly<Record<string, unknown>> = {
  express: true,
  hotswap: true,
  hotswapFallback: true,
  rollback: false,
  force: true,
};

/**
 * What in the workflows, the scripts of package.json and cdk.json would deploy without the guarantee that a bad revision is
 * taken back; one problem per line.
 */
export function deployProblems(files: DeliveryFiles): string[] {
  return Object.entries(files).flatMap(([file, text]) => {
    const content = parse(text) as unknown;
    const strings = file.endsWith('package.json')
      ? stringsOf((content as { scripts?: unknown })?.scripts, 'scripts')
      : stringsOf(content);
    return [
      ...strings.flatMap(([path, value]) => flagProblems(value).map((problem) => `${file}: ${path}: ${problem}`)),
      ...(file.endsWith('cdk.json') ? settingProblems(file, content) : []),
    ];
  });
}

function flagProblems(text: string): string[] {
  return text
    .replace(/\\\n/g, ' ')
    .split(/\n|&&|\|\||;/)
    .flatMap((command) =>
      FORBIDDEN.filter(({ ofCdkOnly }) => !ofCdkOnly || /\bcdk\b/.test(command)).flatMap(({ pattern, reason }) => {
        const flag = pattern.exec(command)?.[1];
        return flag ? [`expected no ${flag}, got \`${command.trim()}\`; leave it out, ${reason}`] : [];
      }),
    );
}

function settingProblems(file: string, settings: unknown): string[] {
  return Object.entries(settings ?? {})
    .filter(([name, value]) => name in FORBIDDEN_SETTINGS && value === FORBIDDEN_SETTINGS[name])
    .map(
      ([name, value]) =>
        `${file}: ${name}: expected no such setting, got ${JSON.stringify(value)}; remove it, it stands for the flag in every deployment`,
    );
}

function stringsOf(node: unknown, path = ''): [string, string][] {
  if (typeof node === 'string') return [[path, node]];
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    stringsOf(value, Array.isArray(node) ? `${path}[${key}]` : path ? `${path}.${key}` : key),
  );
}
