import { Lazy, Size, Token } from 'aws-cdk-lib';
import { Accelerator } from '../../../constructs/gpu/accelerator';
import { AcceleratorManufacturer } from '../../../constructs/gpu/accelerator-manufacturer';

const all = Accelerator.knownInstanceTypes().map((name) => Accelerator.fromInstanceType(name));

describe('Accelerator', () => {
  test('knows the facts of a listed type', () => {
    expect(Accelerator.G6_XLARGE).toMatchObject({
      instanceType: 'g6.xlarge',
      gpu: 'l4',
      gpus: 1,
      gpuMemory: Size.mebibytes(22888),
      vcpus: 4,
      memory: Size.mebibytes(16384),
      localStorage: Size.bytes(250e9),
      efaInterfaces: 0,
      computeCapability: '8.9',
      hourlyUsd: 0.8048,
    });
    expect(Accelerator.P5_48XLARGE).toMatchObject({
      gpu: 'h100',
      gpus: 8,
      efaInterfaces: 32,
      computeCapability: '9.0',
      hourlyUsd: 55.04,
    });
  });

  test('a price that the source does not have is undefined, not a guess', () => {
    const unpriced = all.filter(({ hourlyUsd }) => hourlyUsd === undefined).map(({ instanceType }) => instanceType);
    expect(unpriced).toEqual(['p5e.48xlarge', 'trn2.48xlarge']);
    expect(Accelerator.PRICE_SOURCE).toMatch(/on-demand, us-east-1: .* generated \d{4}-\d{2}-\d{2}$/);
  });

  test('every listed type has a static', () => {
    for (const name of Accelerator.knownInstanceTypes()) {
      const member = name.toUpperCase().replace(/[.-]/g, '_');
      expect((Accelerator as unknown as Record<string, Accelerator>)[member]).toMatchObject({ instanceType: name });
    }
  });

  test('every GPU has a compute capability and a bandwidth, every Neuron chip its cores', () => {
    for (const accelerator of all) {
      expect(accelerator.memoryBandwidthGbPerSecond).toBeGreaterThan(0);
      if (accelerator.manufacturer === AcceleratorManufacturer.NVIDIA) {
        expect(accelerator).toMatchObject({
          computeCapability: expect.stringMatching(/^\d+\.\d$/),
          deviceResource: 'nvidia.com/gpu',
          ranksPerGpu: 1,
        });
      } else {
        expect(accelerator).toMatchObject({
          computeCapability: undefined,
          deviceResource: 'aws.amazon.com/neuron',
          nvlinkGbPerSecond: 0,
        });
        expect(accelerator.ranksPerGpu).toBeGreaterThan(1);
      }
    }
  });

  test.each([
    ['inf2.48xlarge', 12, 32768, 12.98127, 2, true],
    ['inf2.8xlarge', 1, 32768, 1.96786, 2, false],
    ['trn1.32xlarge', 16, 32768, 21.5, 2, true],
    ['trn1n.32xlarge', 16, 32768, 24.78, 2, true],
    ['trn2.48xlarge', 16, 98304, undefined, 4, true],
  ])(
    '%s has the chips of the Neuron documentation',
    (instanceType, gpus, gpuMemoryMib, hourlyUsd, ranksPerGpu, hasDeviceLink) => {
      expect(Accelerator.fromInstanceType(instanceType)).toMatchObject({
        manufacturer: 'aws',
        gpus,
        gpuMemory: Size.mebibytes(gpuMemoryMib),
        hourlyUsd,
        ranksPerGpu,
        hasDeviceLink,
      });
    },
  );

  test.each([
    ['g4dn.12xlarge', 0],
    ['g5.48xlarge', 0],
    ['g6e.48xlarge', 0],
    ['g7e.48xlarge', 0],
    ['p4d.24xlarge', 600],
    ['p5.48xlarge', 900],
    ['p5en.48xlarge', 900],
    ['p6-b200.48xlarge', 1800],
    ['p6-b300.48xlarge', 1800],
    ['p5.4xlarge', 0],
  ])('the GPUs of %s have NVLink of %d GB/s', (instanceType, nvlinkGbPerSecond) => {
    expect(Accelerator.fromInstanceType(instanceType)).toMatchObject({
      nvlinkGbPerSecond,
      hasDeviceLink: nvlinkGbPerSecond > 0,
    });
  });

  test('one GPU with two memories has the bandwidth of each', () => {
    expect(
      [Accelerator.P4D_24XLARGE, Accelerator.P4DE_24XLARGE].map(
        ({ memoryBandwidthGbPerSecond }) => memoryBandwidthGbPerSecond,
      ),
    ).toEqual([1555, 2039]);
  });

  test('an unknown type is refused with the nearest names', () => {
    expect(() => Accelerator.fromInstanceType('g6.xxlarge')).toThrow(
      /instanceType: expected a listed GPU instance type, got "g6.xxlarge"; did you mean g6\.xlarge, /,
    );
  });

  test('a type with a fraction of a GPU is refused', () => {
    expect(() => Accelerator.fromInstanceType('g6f.xlarge')).toThrow(
      'instanceType: expected a type with whole GPUs, got g6f.xlarge',
    );
  });

  test('of() takes other types and lists every impossible fact', () => {
    expect(
      Accelerator.of({
        instanceType: 'x1.big',
        gpu: 'h100',
        gpus: 2,
        gpuMemory: Size.mebibytes(81920),
        vcpus: 8,
        memory: Size.mebibytes(65536),
      }),
    ).toMatchObject({ computeCapability: '9.0', hourlyUsd: undefined, localStorage: Size.bytes(0) });
    expect(() =>
      Accelerator.of({
        instanceType: 'x1.big',
        gpu: 'h100',
        gpus: 0,
        gpuMemory: Size.mebibytes(81920),
        vcpus: 1.5,
        memory: Size.mebibytes(65536),
      }),
    ).toThrow(/gpus: expected a whole number from 1, got 0.*\nvcpus: expected a whole number from 1, got 1.5/);
  });

  test('of() takes what the table does not know of a device', () => {
    const facts = {
      instanceType: 'x1.big',
      gpu: 'new',
      gpus: 2,
      gpuMemory: Size.mebibytes(81920),
      vcpus: 8,
      memory: Size.mebibytes(65536),
    };
    expect(Accelerator.of(facts)).toMatchObject({
      manufacturer: 'nvidia',
      computeCapability: undefined,
      memoryBandwidthGbPerSecond: undefined,
      hasDeviceLink: false,
      ranksPerGpu: 1,
    });
    expect(Accelerator.of({ ...facts, manufacturer: AcceleratorManufacturer.AWS }).deviceResource).toBe(
      'aws.amazon.com/neuron',
    );
    expect(
      Accelerator.of({ ...facts, nvlinkGbPerSecond: 900, halfPrecisionTflops: 100, memoryBandwidthGbPerSecond: 1000 }),
    ).toMatchObject({
      nvlinkGbPerSecond: 900,
      hasDeviceLink: true,
      halfPrecisionTflops: 100,
      memoryBandwidthGbPerSecond: 1000,
    });
  });

  test('of() refuses a fact that is known only at deploy time', () => {
    const gpus = Token.asNumber(Lazy.number({ produce: () => 1 }));
    expect(() =>
      Accelerator.of({
        instanceType: 'x1.big',
        gpu: 'h100',
        gpus,
        gpuMemory: Size.mebibytes(81920),
        vcpus: 8,
        memory: Size.mebibytes(65536),
      }),
    ).toThrow('gpus: expected a whole number from 1, got a deploy-time value; take it from the data sheet of x1.big');
    const sizes = { gpuMemory: Size.mebibytes(gpus), memory: Size.gibibytes(0.5) };
    expect(() => Accelerator.of({ instanceType: 'x1.big', gpu: 'h100', gpus: 1, vcpus: 8, ...sizes })).toThrow(
      'gpuMemory: expected whole MiB from 1, got a deploy-time value; take it from the data sheet of x1.big',
    );
  });
});
