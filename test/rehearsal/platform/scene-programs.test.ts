import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { patched } from '../../../rehearsal/platform/go-compile';
import { kwokInstanceTypes } from '../../../rehearsal/platform/karpenter';
import { pinnedVersion, type SourcePatch } from '../../../rehearsal/platform/programs';
import {
  hasSceneProgram,
  KARPENTER,
  KEDA_ADAPTER,
  KEDA_OPERATOR,
  obtainSceneProgram,
  sceneProgramVersion,
} from '../../../rehearsal/platform/scene-programs';

describe('a program of a scene', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'scene-programs-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  test('comes from the folder that was named, where it lies there', async () => {
    const file = join(directory, 'karpenter');
    writeFileSync(file, '#!/bin/sh\n');
    chmodSync(file, 0o755);
    mkdirSync(join(directory, 'karpenter-definitions'));
    const said: string[] = [];
    const located = await obtainSceneProgram(KARPENTER, {
      directory,
      cacheDirectory: join(directory, 'cache'),
      log: (line) => said.push(line),
    });
    expect(located).toEqual({ file, version: sceneProgramVersion(KARPENTER), from: 'folder' });
    expect(said).toEqual([]);
  });

  test('is there when nothing of it need be built', () => {
    const options = { directory, cacheDirectory: join(directory, 'cache') };
    expect(hasSceneProgram(KARPENTER, options)).toBe(false);
    writeFileSync(join(directory, 'karpenter'), '');
    // Its CRDs are still missing.
    expect(hasSceneProgram(KARPENTER, options)).toBe(false);
    mkdirSync(join(directory, 'karpenter-definitions'));
    expect(hasSceneProgram(KARPENTER, options)).toBe(true);
  });

  test('without Go and without all that is needed in the folder, it says what to do', async () => {
    writeFileSync(join(directory, 'karpenter'), '');
    await expect(
      obtainSceneProgram(KARPENTER, {
        directory,
        cacheDirectory: join(directory, 'cache'),
        log: () => undefined,
        path: join(directory, 'empty'),
      }),
    ).rejects.toThrow(
      /^go: expected Go 1.26 or newer on the PATH, got none; .*, or put karpenter and karpenter-definitions into a folder and name it by --binaries$/,
    );
    expect(readdirSync(directory)).toEqual(['karpenter']);
  });

  test('Karpenter is of the minor version whose CRDs the tests hold objects against', () => {
    const minor = (version: string): string => version.split('.').slice(0, 2).join('.');
    expect(minor(sceneProgramVersion(KARPENTER))).toBe(
      minor(pinnedVersion('definitions', 'github.com/aws/karpenter-provider-aws')),
    );
  });
});

test.each([KEDA_OPERATOR, KEDA_ADAPTER])('$name is of the minor version whose CRDs it is given', (program) => {
  const minor = (version: string): string => version.split('.').slice(0, 2).join('.');
  expect(minor(sceneProgramVersion(program))).toBe(minor(pinnedVersion('definitions', 'github.com/kedacore/keda/v2')));
});

describe('a patch of a source', () => {
  const patch: SourcePatch = {
    module: 'example.com/m',
    file: 'a.go',
    replacements: [
      { from: '":%d"', to: '"127.0.0.1:%d"' },
      { from: 'b', to: '$&c' },
    ],
    leaveOut: [],
  };

  test('replaces each text, as it stands there', () => {
    expect(patched('x(":%d") b', patch)).toBe('x("127.0.0.1:%d") $&c');
  });

  test('lists every text that is not there exactly once', () => {
    expect(() => patched('":%d" ":%d"', patch)).toThrow(
      'example.com/m/a.go: expected ":%d" once, got 2 times; adapt the patch\nexample.com/m/a.go: expected b once, got 0 times; adapt the patch',
    );
  });
});

test('the kwok provider can buy what the table of accelerators has a price for', () => {
  const types = kwokInstanceTypes(['us-east-1a', 'us-east-1b']);
  expect(types.find(({ name }) => name === 'g6.12xlarge')).toEqual({
    name: 'g6.12xlarge',
    offerings: ['us-east-1a', 'us-east-1b'].map((zone) => ({
      Price: 4.6016,
      Available: true,
      Requirements: [
        { key: 'karpenter.sh/capacity-type', operator: 'In', values: ['on-demand'] },
        { key: 'topology.kubernetes.io/zone', operator: 'In', values: [zone] },
      ],
    })),
    architecture: 'amd64',
    operatingSystems: ['linux'],
    resources: { cpu: '48', memory: '196608Mi', 'ephemeral-storage': '500Gi', 'nvidia.com/gpu': '4' },
  });
  expect(types.find(({ name }) => name === 'trn1.32xlarge')?.resources).toMatchObject({
    'aws.amazon.com/neuron': '16',
  });
  expect(types.length).toBeGreaterThan(20);
  expect(types.every(({ offerings }) => offerings.every(({ Price }) => Price > 0))).toBe(true);
});
