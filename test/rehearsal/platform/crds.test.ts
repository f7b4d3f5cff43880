import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { locateCrds } from '../../../rehearsal/platform/crds';

describe('CRDs', () => {
  let work: string;
  const saved = { ...process.env };
  beforeEach(() => {
    work = mkdtempSync(join(tmpdir(), 'definitions-'));
    delete process.env.LLM_PLATFORM_CRDS;
    delete process.env.LLM_PLATFORM_MORE_CRDS;
  });
  afterEach(() => {
    process.env = { ...saved };
    rmSync(work, { recursive: true, force: true });
  });

  test('of a project without a Go module come from the folder that is named, wherever in it they are', async () => {
    const more = join(work, 'more', 'lws');
    mkdirSync(more, { recursive: true });
    writeFileSync(join(more, 'leaderworkerset.x-k8s.io_leaderworkersets.yaml'), 'kind: CustomResourceDefinition\n');
    writeFileSync(join(more, 'others.yaml'), 'kind: CustomResourceDefinition\n');
    const found = await locateCrds({
      cacheDirectory: join(work, 'cache'),
      moreDirectory: join(work, 'more'),
      sets: ['groups'],
    });
    expect(readdirSync(found)).toEqual(['leaderworkerset.x-k8s.io_leaderworkersets.yaml']);
    // What is in the folder now counts, not what was there when it was last read.
    writeFileSync(
      join(more, 'leaderworkerset.x-k8s.io_leaderworkersets.yaml'),
      'kind: CustomResourceDefinition\nmetadata: {}\n',
    );
    expect(
      await locateCrds({ cacheDirectory: join(work, 'cache'), moreDirectory: join(work, 'more'), sets: ['groups'] }),
    ).not.toBe(found);
  });

  test('that the named folder does not hold are named, with where to get them', async () => {
    await expect(
      locateCrds({ cacheDirectory: work, moreDirectory: work, sets: ['rollouts', 'groups'] }),
    ).rejects.toThrow(
      `crds: expected leaderworkerset.x-k8s.io_leaderworkersets.yaml of LeaderWorkerSet 0.10 in the folder that LLM_PLATFORM_MORE_CRDS names, got ${work} without it; take it from the project's release`,
    );
  });

  test('come from the repository where no folder is named, and only as they are recorded', async () => {
    const server = createServer((request, response) =>
      response.end(
        request.url?.endsWith('/lws/v0.10.0/config/crd/bases/leaderworkerset.x-k8s.io_leaderworkersets.yaml')
          ? 'kind: Other\n'
          : '',
      ),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      await expect(locateCrds({ cacheDirectory: work, sets: ['groups'], repositoryFiles: origin })).rejects.toThrow(
        /expected SHA-256 c5dcad8e\w+, got \w{64}\ncheck the connection, or name a folder with it by LLM_PLATFORM_MORE_CRDS/,
      );
      expect(readdirSync(work)).toEqual([]);
    } finally {
      server.close();
    }
  });

  test('a folder that is named holds all of them', async () => {
    await expect(locateCrds({ cacheDirectory: work, directory: join(work, 'none') })).rejects.toThrow(
      /expected a folder with YAML files/,
    );
    writeFileSync(join(work, 'a.yaml'), '');
    expect(await locateCrds({ cacheDirectory: work, directory: work, sets: ['nodes'] })).toBe(work);
  });
});
