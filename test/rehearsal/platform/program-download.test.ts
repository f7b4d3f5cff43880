import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocateOptions, obtainPrograms, planPrograms } from '../../../rehearsal/platform/binaries';
import { PROGRAMS, programVersion } from '../../../rehearsal/platform/programs';

const versions = Object.fromEntries(PROGRAMS.map((program) => [program.name, programVersion(program)]));
const DOWNLOADABLE = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kwok', 'prometheus'];
const PREFIXES = {
  KWOK_KUBE_BINARY_PREFIX: 'kube',
  KWOK_ETCD_BINARY_PREFIX: 'etcd',
  KWOK_PROMETHEUS_BINARY_PREFIX: 'prometheus',
  KWOK_BINARY_PREFIX: 'kwok',
};

let directory: string;
let mirror: Server;
let origin: string;
let requests: string[];
let said: string[];
/** What the mirror answers with, by path. */
let files: Map<string, Buffer>;
/** Paths whose answer ends in the middle. */
let cut: Set<string>;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'program-download-'));
  requests = [];
  said = [];
  files = new Map();
  cut = new Set();
  mirror = createServer((request, response) => {
    requests.push(request.url!);
    const content = files.get(request.url!);
    response.writeHead(content ? 200 : 404, { 'content-length': content?.length ?? 0 });
    if (content && cut.has(request.url!)) {
      response.write(content.subarray(0, content.length / 2), () => response.destroy());
    } else {
      response.end(content);
    }
  });
  await new Promise<void>((resolve) => mirror.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(mirror.address() as AddressInfo).port}`;
  Object.entries(PREFIXES).forEach(([variable, folder]) => {
    process.env[variable] = `${origin}/${folder}`;
  });
  publish();
});

afterEach(async () => {
  Object.keys(PREFIXES).forEach((variable) => {
    delete process.env[variable];
  });
  await new Promise((resolve) => {
    mirror.close(resolve);
    mirror.closeAllConnections();
  });
  rmSync(directory, { recursive: true, force: true });
});

function script(folder: string, name: string, text: string): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(folder, name), 0o755);
  return join(folder, name);
}

/** Says what kwokctl 0.8 says. */
function kwokctl(folder: string): void {
  const platform = `${process.platform}-${process.arch}`;
  script(
    folder,
    'kwokctl',
    [
      '[ "$*" = "get artifacts --runtime binary --filter binary" ] && [ -d "$KWOK_WORKDIR" ] || { echo "unknown: $*" >&2; exit 1; }',
      `echo "$KWOK_ETCD_BINARY_PREFIX/etcd-$KWOK_ETCD_VERSION-${platform}.tar.gz#etcd"`,
      `echo "$KWOK_PROMETHEUS_BINARY_PREFIX/prometheus-$KWOK_PROMETHEUS_VERSION.${platform}.tar.gz#prometheus"`,
      `echo "$KWOK_BINARY_PREFIX/kwok-${platform}"`,
      'for name in kube-apiserver kube-controller-manager kube-scheduler kubectl; do echo "$KWOK_KUBE_BINARY_PREFIX/$name"; done',
      'echo https://example.com/metrics-server',
    ].join('\n'),
  );
}

/** Puts everything onto the mirror, as the publishers do. */
function publish(): void {
  const platform = `${process.platform}-${process.arch}`;
  const program = (name: string): string => `#!/bin/sh\necho ${name} ${versions[name]}\n`;
  for (const name of ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler']) {
    files.set(`/kube/${name}`, Buffer.from(program(name)));
    files.set(`/kube/${name}.sha256`, Buffer.from(digest(Buffer.from(program(name)))));
  }
  files.set(`/kwok/kwok-${platform}`, Buffer.from(program('kwok')));
  const archive = (name: string, file: string): Buffer => {
    const folder = join(directory, 'archive', name);
    script(join(folder, 'inner'), name, `echo ${name} ${versions[name]}`);
    script(join(folder, 'inner', 'documents'), 'readme', 'nothing');
    execFileSync('tar', ['-czf', join(directory, 'archive', file), '-C', folder, 'inner']);
    return readFileSync(join(directory, 'archive', file));
  };
  const etcd = `etcd-${versions.etcd}-${platform}.tar.gz`;
  files.set(`/etcd/${etcd}`, archive('etcd', etcd));
  files.set(
    '/etcd/SHA256SUMS',
    Buffer.from(`${'0'.repeat(64)}  other.tar.gz\n${digest(files.get(`/etcd/${etcd}`)!)}  ${etcd}\n`),
  );
  const prometheus = `prometheus-${versions.prometheus}.${platform}.tar.gz`;
  files.set(`/prometheus/${prometheus}`, archive('prometheus', prometheus));
  files.set(
    '/prometheus/sha256sums.txt',
    Buffer.from(`${digest(files.get(`/prometheus/${prometheus}`)!)}  ${prometheus}\n`),
  );
}

function digest(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function path(end: string): string {
  return [...files.keys()].find((each) => each.endsWith(end))!;
}

/** A PATH with kwokctl and the controller, and without Go. */
function options(more: Partial<LocateOptions> = {}): LocateOptions {
  const bin = join(directory, 'path');
  kwokctl(bin);
  script(bin, 'rollouts-controller', `echo rollouts-controller: ${versions['rollouts-controller']}`);
  return { cacheDirectory: join(directory, 'cache'), log: (line) => said.push(line), path: bin, ...more };
}

/** Everything in the folder of programs, also what is half-written. */
function cached(bin: string): string[] {
  return existsSync(bin) ? readdirSync(bin).sort() : [];
}

test('without Go, what kwokctl knows is downloaded once, in the pinned versions', async () => {
  const look = options();
  const plan = await planPrograms(look);
  expect(requests).toEqual([]);
  const programs = await obtainPrograms(plan, look);
  expect(programs['rollouts-controller'].from).toBe('PATH');
  expect(said.join('\n')).toContain('rollouts-controller: the one on the PATH');
  for (const name of DOWNLOADABLE) {
    const program = Object.entries(programs).find(([each]) => each === name)![1];
    expect(program).toEqual({ file: join(plan.cacheBin, name), version: versions[name], from: 'download' });
    expect(execFileSync(program.file).toString()).toBe(`${name} ${versions[name]}\n`);
    expect(statSync(program.file).mode & 0o777).toBe(0o755);
  }
  expect(cached(plan.cacheBin)).toEqual(DOWNLOADABLE);
  expect(said.some((line) => /^downloading: 6 of 6 programs \(/.test(line))).toBe(true);
  expect(said.join('\n')).toContain('kwok: its publisher says no checksum');

  requests = [];
  const again = await obtainPrograms(await planPrograms(look), look);
  expect(DOWNLOADABLE.map((name) => Object.entries(again).find(([each]) => each === name)![1].from)).toEqual(
    DOWNLOADABLE.map(() => 'cache'),
  );
  expect(requests).toEqual([]);
});

test('every download that fails is named, what is complete is kept, and nothing is half-written', async () => {
  files.set('/etcd/SHA256SUMS', Buffer.from(`${'0'.repeat(64)}  ${path('.tar.gz').split('/').at(-1)}\n`));
  files.delete('/prometheus/sha256sums.txt');
  files.set(path(`kwok-${process.platform}-${process.arch}`), Buffer.from('#!/bin/sh\necho kwok v0.1.2\n'));
  cut.add('/kube/kube-scheduler');
  const look = options();
  const plan = await planPrograms(look);
  const error = await obtainPrograms(plan, look).then(
    () => undefined,
    (each: Error) => each.message,
  );
  expect(error!.split('\n').map((line) => line.replaceAll(origin, 'M'))).toEqual([
    expect.stringMatching(
      /^etcd: expected M\/etcd\/etcd-v3\.\S+\.tar\.gz with SHA-256 0{64}, got [0-9a-f]{64}; a proxy or mirror may have changed it$/,
    ),
    expect.stringMatching(/^kube-scheduler: M\/kube\/kube-scheduler: terminated/),
    expect.stringMatching(/^kwok: expected version v0\.8\.0 for \S+ \S+ from M\/kwok\/kwok-\S+, got v0\.1\.2$/),
    'prometheus: M/prometheus/sha256sums.txt: 404 Not Found',
    expect.stringMatching(/^check the connection and run it again; 2 that are complete are kept; .*--binaries$/),
  ]);
  expect(cached(plan.cacheBin)).toEqual(['kube-apiserver', 'kube-controller-manager']);
  expect(requests.filter((each) => each === '/kube/kube-scheduler')).toHaveLength(3);
  expect(requests.filter((each) => each === '/prometheus/sha256sums.txt')).toHaveLength(1);

  publish();
  cut.clear();
  requests = [];
  await obtainPrograms(await planPrograms(look), look);
  expect(cached(plan.cacheBin)).toEqual(DOWNLOADABLE);
  expect(requests).not.toContain('/kube/kube-apiserver');
});

test('an archive without the program is an error', async () => {
  const name = path('.tar.gz');
  script(join(directory, 'other', 'inner'), 'etcdctl', 'nothing');
  execFileSync('tar', ['-czf', join(directory, 'other.tar.gz'), '-C', join(directory, 'other'), 'inner']);
  files.set(name, readFileSync(join(directory, 'other.tar.gz')));
  files.set('/etcd/SHA256SUMS', Buffer.from(`${digest(files.get(name)!)}  ${name.split('/').at(-1)}\n`));
  const look = options();
  await expect(obtainPrograms(await planPrograms(look), look)).rejects.toThrow(
    /^etcd: expected a file etcd in the archive, got inner\/, inner\/etcdctl$/m,
  );
});

test('a download that is stopped leaves nothing', async () => {
  const stop = new AbortController();
  const look = options({ signal: stop.signal });
  const plan = await planPrograms(look);
  mirror.prependListener('request', () => stop.abort(new Error('stopped')));
  await expect(obtainPrograms(plan, look)).rejects.toThrow(/^stopped$/);
  expect(cached(plan.cacheBin)).toEqual([]);
  expect(readdirSync(join(directory, 'cache')).filter((name) => name.endsWith('.lock'))).toEqual([]);
});

test('kwokctl may be in the folder, with what it does not know', async () => {
  const folder = join(directory, 'folder');
  kwokctl(folder);
  script(folder, 'rollouts-controller', 'echo own');
  const look = options({ directory: folder, path: '' });
  const programs = await obtainPrograms(await planPrograms(look), look);
  expect(programs['rollouts-controller']).toEqual({
    file: join(folder, 'rollouts-controller'),
    version: 'unknown',
    from: 'folder',
  });
  expect(programs.etcd.from).toBe('download');
});

describe('what cannot be had is named with what to do, and nothing is written', () => {
  test('no Go and no kwokctl', async () => {
    const message = await problem(options({ path: '' }));
    expect(message).toEqual([
      'go: expected Go 1.26 or newer on the PATH, got none; install it from https://go.dev/dl, which builds all programs, or get each in another way:',
      `etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kwok, prometheus: expected in the folder of --binaries, or on the PATH as ${['etcd', 'kube-apiserver', 'kwok', 'prometheus'].map((name) => versions[name]).join(', ')}, got none; install kwokctl v0.8.0 from https://kwok.sigs.k8s.io, which downloads them`,
      expect.stringMatching(
        /^rollouts-controller: expected in the folder of --binaries, or on the PATH as v1\.\S+, got none; it is published in a container image only: /,
      ),
    ]);
  });

  test('a Go that is too old, kwokctl, and no Argo Rollouts controller', async () => {
    const look = options();
    rmSync(join(look.path!, 'rollouts-controller'));
    script(look.path!, 'go', 'echo go1.22.1');
    expect(await problem(look)).toEqual([
      'go: expected Go 1.26 or newer on the PATH, got go1.22.1; install it from https://go.dev/dl, which builds all programs, or get each in another way:',
      expect.stringMatching(/^rollouts-controller: expected in the folder/),
    ]);
  });

  test('an Argo Rollouts controller of another version on the PATH', async () => {
    const look = options();
    script(look.path!, 'rollouts-controller', 'echo rollouts-controller: v1.0.0');
    expect(await problem(look)).toEqual([
      expect.stringMatching(/^go: /),
      expect.stringMatching(/^rollouts-controller: /),
    ]);
  });

  test('a kwokctl that does not know what it is asked', async () => {
    const look = options();
    script(look.path!, 'kwokctl', 'echo "unknown command artifacts" >&2; exit 1');
    expect(await problem(look)).toEqual([
      `kwokctl: expected ${look.path}/kwokctl to list its binaries, got unknown command artifacts; install kwokctl v0.8.0`,
    ]);
  });

  test('a kwokctl that names no address of a program', async () => {
    const look = options();
    script(look.path!, 'kwokctl', 'echo https://example.com/kube-apiserver');
    expect((await problem(look))[1]).toMatch(
      /^etcd, kube-controller-manager, kube-scheduler, kwok, prometheus: expected .*kwokctl names no address; install kwokctl v0\.8\.0, or add the programs$/,
    );
  });

  test('a folder with nothing in it, whatever is on the PATH', async () => {
    expect(await problem(options({ directory: join(directory, 'empty') }))).toEqual([
      expect.stringMatching(/^binaries: expected executables named .*add them or leave the folder out$/),
    ]);
  });

  async function problem(look: LocateOptions): Promise<string[]> {
    const error = await planPrograms(look).then(
      () => undefined,
      (each: Error) => each.message,
    );
    expect(existsSync(look.cacheDirectory)).toBe(false);
    return error!.split('\n');
  }
});
