import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cdkEnvironment, PROJECT } from '../../../rehearsal/platform/commands';

const VARIABLE = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'commands-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const PROGRAM = `
import { createRequire } from 'node:module';
const { STSClient } = createRequire(${JSON.stringify(join(PROJECT, 'package.json'))})('@aws-sdk/client-sts');
new STSClient({ region: 'us-east-1' });
console.log(process.env.${VARIABLE});
`;

test('a program that makes a client of AWS prints no warning of the Node.js version', () => {
  const file = join(directory, 'program.ts');
  writeFileSync(file, PROGRAM);
  const env = { ...process.env, [VARIABLE]: undefined };
  const { stdout, stderr } = spawnSync(process.execPath, [join(PROJECT, 'scripts/start.mjs'), file], {
    env,
    encoding: 'utf8',
  });
  expect({ stdout, stderr }).toEqual({ stdout: 'true\n', stderr: '' });
});

test('nor does the CDK command line in a rehearsal, which inherits no variable of AWS', () => {
  expect(cdkEnvironment(directory, 'http://127.0.0.1:1', '000000000000', 'us-east-1')).toMatchObject({
    [VARIABLE]: 'true',
  });
});

test.each([undefined, '--max-old-space-size=4000'])(
  'nor what npx starts here, which keeps the options of Node.js that a person has set: %s',
  (options) => {
    // As from a shell: npm hands what it was told to what it starts.
    const env = { ...process.env, [VARIABLE]: undefined, npm_config_node_options: undefined, NODE_OPTIONS: options };
    const program = `process.env.${VARIABLE} + / --max-old/.test(process.env.NODE_OPTIONS)`;
    const { stdout } = spawnSync('npx', ['--call', `node --print '${program}'`], {
      cwd: PROJECT,
      env,
      encoding: 'utf8',
    });
    expect(stdout).toBe(`true${options !== undefined}\n`);
  },
);
