import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { kubeconfigAccess } from '../../../../lib/commands/cluster-access/kubeconfig';

const base64 = (text: string) => Buffer.from(text).toString('base64');

let directory: string;
beforeAll(() => { directory = fs.mkdtempSync(path.join(os.tmpdir(), 'kubeconfig-')); });
afterAll(() => fs.rmSync(directory, { recursive: true }));

function write(user: object, cluster: object, current = 'here'): string {
  const file = path.join(directory, 'config');
  fs.writeFileSync(file, JSON.stringify({
    'current-context': current,
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
  }));
  return file;
}

test('reads a token and a certificate authority beside the file', () => {
  fs.writeFileSync(path.join(directory, 'ca.crt'), 'authority');
  const access = kubeconfigAccess(write({ token: 't' }, { server: 'https://127.0.0.1:6443', 'certificate-authority': 'ca.crt' }));
  expect(access).toEqual({ server: 'https://127.0.0.1:6443', ca: Buffer.from('authority'), token: 't' });
});

test('reads a client certificate from data', () => {
  const access = kubeconfigAccess(write(
    { 'client-certificate-data': base64('cert'), 'client-key-data': base64('key') },
    { server: 'https://127.0.0.1:6443', 'certificate-authority-data': base64('authority') },
  ));
  expect(access).toMatchObject({ cert: Buffer.from('cert'), key: Buffer.from('key') });
});

test('lists everything that is missing', () => {
  expect(() => kubeconfigAccess(write({ exec: { command: 'aws' } }, {}))).toThrow(
    /expected a server for c[^]*expected a certificate authority for c[^]*expected a token or a client certificate/,
  );
  expect(() => kubeconfigAccess(write({}, {}, 'elsewhere'))).toThrow(/current-context/);
  expect(() => kubeconfigAccess(path.join(directory, 'none'))).toThrow(/expected a readable kubeconfig/);
});
