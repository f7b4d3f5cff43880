import { Duration, Size } from 'aws-cdk-lib';
import { Accelerator } from '../../../constructs/gpu';
import { ColdStartEstimate, type ColdStartProps, ImageAcceleration } from '../../../constructs/nodes';

// An 8B model in BF16 (15 GiB) and a vLLM image of 10 GiB.
const estimate = (changes: Partial<ColdStartProps> = {}) =>
  new ColdStartEstimate({
    accelerator: Accelerator.G6E_2XLARGE,
    imageSize: Size.gibibytes(10),
    weightsSize: Size.gibibytes(15),
    ...changes,
  });
const seconds = (of: ColdStartEstimate, name: string) =>
  of.parts.find((part) => part.name === name)?.duration.toSeconds();

describe('ColdStartEstimate', () => {
  test('counts node, image, download, weights, compilation and engine', () => {
    const plain = estimate();
    // 5000 Mbit/s are 596 MiB/s, so the pull of one layer after another (53 MiB/s) decides: 10240 / 53 = 193.2. Unpacked, 20480 MiB
    // at 125 MiB/s take 163.8. Weights: 15360 MiB at 125 MiB/s to the volume, then at 300 MiB/s from it.
    expect(plain.parts.map(({ name, duration }) => [name, duration.toSeconds()])).toEqual([
      ['node', 120],
      ['image', 194],
      ['download', 123],
      ['weights', 52],
      ['compile', 90],
      ['engine', 60],
    ]);
    expect(plain.total.toSeconds()).toBe(639);
    expect(plain.expectedStartup.toSeconds()).toBe(325);
  });

  test('SOCI unpacks at 600 MiB/s while it downloads', () => {
    expect(seconds(estimate({ imageAcceleration: ImageAcceleration.soci() }), 'image')).toBe(35); // 20480 / 596
    // With local disks the network is the limit: 10240 / 596 = 17.2, unpacked at 1000 MiB/s 20.5.
    expect(seconds(estimate({ imageAcceleration: ImageAcceleration.soci(), localStorage: true }), 'image')).toBe(21);
  });

  test('a snapshot is read at its reserved rate', () => {
    const snapshot = (initializationRateMibps?: number) =>
      ImageAcceleration.dataVolumeSnapshot({ snapshotId: 'snap-0a', initializationRateMibps });
    expect(seconds(estimate({ imageAcceleration: snapshot(300) }), 'image')).toBe(69);
    expect(seconds(estimate({ imageAcceleration: snapshot() }), 'image')).toBe(205);
  });

  test('streamed weights need no file', () => {
    const streamed = estimate({ streamedWeights: true });
    expect(seconds(streamed, 'download')).toBeUndefined();
    expect(seconds(streamed, 'weights')).toBe(26); // 15360 / 596
    // Where the network allows more, one process does not read more than 2000 MiB/s.
    expect(seconds(estimate({ streamedWeights: true, accelerator: Accelerator.P5_48XLARGE }), 'weights')).toBe(8);
  });

  test('kept kernels are read, others compiled for as long as is said', () => {
    expect(seconds(estimate({ compileCache: true }), 'compile')).toBe(5);
    expect(seconds(estimate({ compileTime: Duration.seconds(2219) }), 'compile')).toBe(2219);
  });

  test('budgets are twice the estimate in whole minutes, and never below 10 minutes', () => {
    const slow = estimate({ compileTime: Duration.seconds(2219) });
    expect(slow.expectedStartup.toSeconds()).toBe(2454);
    expect(slow.startupBudget.toSeconds()).toBe(4920);
    expect(slow.capacityBudget.toSeconds()).toBe(660); // 2 × 314
    const fast = estimate({ streamedWeights: true, compileCache: true });
    expect(fast.expectedStartup.toSeconds()).toBe(91);
    expect(fast.startupBudget.toSeconds()).toBe(600);
    expect(estimate({ imageAcceleration: ImageAcceleration.soci() }).capacityBudget.toSeconds()).toBe(600);
  });

  test('an empty node is kept for a cold start, at least 15 minutes', () => {
    expect(estimate().consolidateAfter.toSeconds()).toBe(900);
    expect(estimate({ compileTime: Duration.seconds(2219) }).consolidateAfter.toSeconds()).toBe(2820); // 2768 in whole minutes
  });

  test('prints each part with what it rests on', () => {
    expect(
      estimate({ streamedWeights: true, compileCache: true, nodeBootTime: Duration.minutes(1) })
        .toText()
        .split('\n'),
    ).toEqual([
      'node         60 s  given',
      'image       194 s  10 GiB at 53 MiB/s, unpacked at 125 MiB/s',
      'weights      26 s  15 GiB streamed from S3 at 596 MiB/s',
      'compile       5 s  kernels that were kept',
      'engine       60 s  assumed',
      'total       345 s  a startup budget by this estimate: 600 s, from the start of the container',
    ]);
  });

  test('lists every figure that cannot be', () => {
    const accelerator = Accelerator.of({
      instanceType: 'x9.large',
      gpu: 'x',
      gpus: 1,
      gpuMemory: Size.mebibytes(1),
      vcpus: 1,
      memory: Size.mebibytes(1),
    });
    expect(
      () =>
        new ColdStartEstimate({
          accelerator,
          imageSize: Size.gibibytes(0),
          weightsSize: Size.gibibytes(Number.NaN),
          compileTime: Duration.seconds(NaN),
        }),
    ).toThrow(
      [
        'imageSize: expected a size above 0 GiB, got 0 MiB; take it from the registry or the hub',
        'weightsSize: expected a size above 0 GiB, got NaN GiB; take it from the registry or the hub',
        'compileTime: expected seconds from 0, got NaN; leave it out to take the default',
        'networkMbps: expected the baseline network bandwidth of x9.large, got undefined; give it, the type is not listed',
      ].join('\n'),
    );
    const imageAcceleration = ImageAcceleration.dataVolumeSnapshot({
      snapshotId: 'snap-0a',
      initializationRateMibps: 0,
    });
    expect(
      () =>
        new ColdStartEstimate({
          accelerator,
          imageSize: Size.gibibytes(Infinity),
          weightsSize: Size.gibibytes(1),
          nodeBootTime: Duration.seconds(Infinity),
          networkMbps: Infinity,
          imageAcceleration,
        }),
    ).toThrow(
      [
        'imageSize: expected a size above 0 GiB, got Infinity GiB; take it from the registry or the hub',
        'nodeBootTime: expected seconds from 0, got Infinity; leave it out to take the default',
        'networkMbps: expected the baseline network bandwidth of x9.large, got Infinity; give it, the type is not listed',
        'imageAcceleration.initializationRateMibps: expected more than 0 MiB/s, got 0; leave it out where no rate is reserved',
      ].join('\n'),
    );
    expect(
      new ColdStartEstimate({
        accelerator,
        imageSize: Size.gibibytes(1),
        weightsSize: Size.gibibytes(1),
        networkMbps: 1000,
      }).total.toSeconds(),
    ).toBeGreaterThan(0);
  });
});
