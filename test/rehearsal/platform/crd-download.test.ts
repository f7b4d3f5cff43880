import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crdPaths, recordedDigests } from '../../../rehearsal/platform/crd-download';
import { MODULE_SOURCES } from '../../../rehearsal/platform/crd-sources';
import { locateCrds } from '../../../rehearsal/platform/crds';
import { download } from '../../../rehearsal/platform/download';

jest.mock('../../../rehearsal/platform/download', () => ({ download: jest.fn() }));
const { download: realDownload } = jest.requireActual<{ download: typeof download }>(
  '../../../rehearsal/platform/download',
);

let work: string;
let server: Server;
let repositoryFiles: string;
let requests: string[];
const crds = process.env.LLM_PLATFORM_CRDS;

beforeEach(async () => {
  delete process.env.LLM_PLATFORM_CRDS;
  work = mkdtempSync(join(tmpdir(), 'definition-download-'));
  requests = [];
  jest.mocked(download).mockImplementation(realDownload);
  server = createServer((request, response) => {
    requests.push(request.url!);
    response.writeHead(request.url!.includes('experiment') ? 404 : 200).end(`# ${request.url}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  repositoryFiles = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  if (crds !== undefined) process.env.LLM_PLATFORM_CRDS = crds;
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  rmSync(work, { recursive: true, force: true });
});

test('every file of the pinned modules has its SHA-256 on record, and nothing else has', () => {
  const expected = Object.values(MODULE_SOURCES).flat().flatMap(crdPaths).sort();
  // When this fails: node scripts/start.mjs scripts/crd-digests.ts
  expect([...recordedDigests().keys()].sort()).toEqual(expected);
  expect([...recordedDigests().values()].every((digest) => /^[0-9a-f]{64}$/.test(digest))).toBe(true);
});

test('without Go, the files come from the repositories at the pinned versions', async () => {
  const asPublished = new Map(
    Object.values(MODULE_SOURCES)
      .flat()
      .flatMap((source) => crdPaths(source).map((path, index) => [source.files[index], recordedDigests().get(path)!])),
  );
  jest.mocked(download).mockImplementation(async (options) => {
    await realDownload(options);
    return asPublished.get(options.address.split('/').at(-1)!)!;
  });
  const options = {
    cacheDirectory: join(work, 'cache'),
    sets: ['gateway', 'scaling'] as const,
    path: '',
    repositoryFiles,
  };
  const found = await locateCrds(options);
  expect(requests.sort()).toEqual(
    expect.arrayContaining([
      expect.stringMatching(
        /^\/kubernetes-sigs\/gateway-api\/v1\.[\d.]+\/config\/crd\/standard\/gateway\.networking\.k8s\.io_gateways\.yaml$/,
      ),
      expect.stringMatching(/^\/kedacore\/keda\/v2\.[\d.]+\/config\/crd\/bases\/keda\.sh_scaledobjects\.yaml$/),
    ]),
  );
  expect(readdirSync(found).sort()).toEqual(
    [...MODULE_SOURCES.gateway!, ...MODULE_SOURCES.scaling!].flatMap(({ files }) => files).sort(),
  );
  expect(readFileSync(join(found, 'keda.sh_scaledobjects.yaml'), 'utf8')).toMatch(/^# \/kedacore/);

  requests = [];
  expect(await locateCrds(options)).toBe(found);
  expect(requests).toEqual([]);
});

test('every file that is not the recorded one is named, and nothing is left', async () => {
  const cacheDirectory = join(work, 'cache');
  const message = await locateCrds({ cacheDirectory, path: '', repositoryFiles }).then(
    () => '',
    (error: Error) => error.message,
  );
  const lines = message.replaceAll(repositoryFiles, 'R').split('\n');
  expect(lines).toHaveLength(9);
  expect(lines).toContainEqual(
    expect.stringMatching(
      /^crds: R\/argoproj\/argo-rollouts\/v1\.9\.2\/manifests\/crds\/experiment-crd\.yaml: 404 Not Found$/,
    ),
  );
  expect(lines).toContainEqual(
    expect.stringMatching(
      /^crds: R\/prometheus-operator\/prometheus-operator\/\S+podmonitors\.yaml: expected SHA-256 8ce88c\w+, got \w{64}$/,
    ),
  );
  expect(lines.at(-1)).toBe(
    'go: expected Go 1.26 or newer on the PATH, got none; install it from https://go.dev/dl, or check the connection, or name a folder with the CRDs by --crds',
  );
  expect(existsSync(cacheDirectory) ? readdirSync(cacheDirectory) : []).toEqual([]);
});

test('a folder that is named needs neither Go nor a connection', async () => {
  writeFileSync(join(work, 'own.yaml'), '');
  expect(await locateCrds({ cacheDirectory: join(work, 'cache'), directory: work, path: '', repositoryFiles })).toBe(
    work,
  );
  expect(requests).toEqual([]);
});
