import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiAnswer } from '../../../rehearsal/platform/api-client';
import { ensureDefinitions } from '../../../rehearsal/platform/ensure-definitions';

const PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const definition = (plural: string): object => ({
  metadata: { name: `${plural}.example.com` }, spec: { group: 'example.com', names: { plural }, versions: [{ name: 'v1' }] },
});

describe('definitions that a scene needs', () => {
  let folder: string;
  let there: Set<string>;
  let created: string[];
  let listed: number;
  /** Lists a kind only the second time that it is asked. */
  const api = {
    isOk: (path: string) => Promise.resolve(there.has(path.replace(`${PATH}/`, ''))),
    create: (path: string, object: object) => {
      const { name } = (object as { metadata: { name: string } }).metadata;
      created.push(`${path} ${name}`);
      there.add(name);
      return Promise.resolve();
    },
    call: (_: string, path: string): Promise<ApiAnswer> => {
      listed += 1;
      const resources = listed > 1 && path === '/apis/example.com/v1' ? [...there].map((name) => ({ name: name.split('.')[0] })) : [];
      return Promise.resolve({ status: 200, body: { resources }, text: '' });
    },
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'definitions-'));
    there = new Set();
    created = [];
    listed = 0;
    writeFileSync(join(folder, 'a.yaml'), `${JSON.stringify(definition('apples'))}\n---\n${JSON.stringify(definition('pears'))}\n`);
    writeFileSync(join(folder, 'README.md'), 'no definition');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('are created where they are not there, and waited for', async () => {
    there.add('apples.example.com');
    await ensureDefinitions({ folder, api, signal: new AbortController().signal });
    expect(created).toEqual([`${PATH} pears.example.com`]);
    expect(listed).toBe(3);
  });

  test('are waited for no longer than the rehearsal goes on', async () => {
    const controller = new AbortController();
    controller.abort(new Error('stopped'));
    await expect(ensureDefinitions({ folder, api: { ...api, call: () => Promise.resolve({ status: 404, body: undefined, text: '' }) }, signal: controller.signal })).rejects.toThrow('stopped');
  });
});
