import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

const ROOT = path.join(__dirname, '../../../..');
const base64 = (text: string) => Buffer.from(text).toString('base64');

let directory: string;
beforeAll(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'kubeconfig-'));
  fs.writeFileSync(path.join(directory, 'ca.crt'), 'authority');
});
afterAll(() => fs.rmSync(directory, { recursive: true }));

/** What a request would carry, or the error. */
function read(user: object, cluster: object, current = 'here'): unknown {
  const file = path.join(directory, 'config');
  fs.writeFileSync(
    file,
    JSON.stringify({
      'current-context': current,
      contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user }],
    }),
  );
  return readFile(file);
}

function readFile(file: string): unknown {
  return JSON.parse(
    execFileSync(
      process.execPath,
      [path.join(ROOT, 'scripts/start.mjs'), path.join(__dirname, 'read-kubeconfig.ts'), file],
      { encoding: 'utf8' },
    ),
  );
}

const SERVER = { server: 'https://127.0.0.1:6443', 'certificate-authority-data': base64('authority') };

test('reads a token and a certificate authority beside the file', () => {
  expect(read({ token: 't' }, { server: SERVER.server, 'certificate-authority': 'ca.crt' })).toEqual({
    server: SERVER.server,
    ca: 'authority',
    headers: { Authorization: 'Bearer t' },
  });
});

test('reads a client certificate from data', () => {
  expect(read({ 'client-certificate-data': base64('cert'), 'client-key-data': base64('key') }, SERVER)).toMatchObject({
    cert: 'cert',
    key: 'key',
  });
});

test('runs a command that gets a token', () => {
  const credential = JSON.stringify({
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token: 'of the command' },
  });
  expect(
    read(
      {
        exec: {
          apiVersion: 'client.authentication.k8s.io/v1',
          command: process.execPath,
          args: ['-p', JSON.stringify(credential)],
        },
      },
      SERVER,
    ),
  ).toMatchObject({ headers: { Authorization: 'Bearer of the command' } });
});

test('lists everything that is missing', () => {
  expect(read({}, {})).toMatch(
    /expected a server for c[^]*expected a certificate authority for c[^]*expected a token, a client certificate with its key, or a command/,
  );
  expect(read({}, {}, 'elsewhere')).toMatch(/current-context/);
  expect(readFile(path.join(directory, 'none'))).toMatch(/expected a readable kubeconfig/);
});
