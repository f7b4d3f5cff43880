import { Accelerator } from '../../../constructs/gpu/accelerator';

describe('Accelerator', () => {
  test('knows the facts of a listed type', () => {
    expect(Accelerator.G6_XLARGE).toMatchObject({
      instanceType: 'g6.xlarge', gpu: 'l4', gpus: 1, gpuMemoryMib: 22888, vcpus: 4, memoryMib: 16384, localStorageGb: 250, efaInterfaces: 0, computeCapability: '8.9', hourlyUsd: 0.8048,
    });
    expect(Accelerator.P5_48XLARGE).toMatchObject({ gpu: 'h100', gpus: 8, efaInterfaces: 32, computeCapability: '9.0', hourlyUsd: 55.04 });
  });

  test('a price that the source does not have is undefined, not a guess', () => {
    expect(Accelerator.G6_16XLARGE.hourlyUsd).toBeUndefined();
  });

  test('every listed type has a compute capability and a static', () => {
    for (const name of Accelerator.knownInstanceTypes()) {
      const member = name.toUpperCase().replace(/[.-]/g, '_');
      expect((Accelerator as unknown as Record<string, Accelerator>)[member]).toMatchObject({ instanceType: name, computeCapability: expect.stringMatching(/^\d+\.\d$/) });
    }
  });

  test('an unknown type is refused with the nearest names', () => {
    expect(() => Accelerator.fromInstanceType('g6.xxlarge')).toThrow(/instanceType: expected a listed GPU instance type, got "g6.xxlarge"; did you mean g6\.xlarge, /);
  });

  test('a type with a fraction of a GPU is refused', () => {
    expect(() => Accelerator.fromInstanceType('g6f.xlarge')).toThrow('instanceType: expected a type with whole GPUs, got g6f.xlarge');
  });

  test('of() takes other types and lists every impossible fact', () => {
    expect(Accelerator.of({ instanceType: 'x1.big', gpu: 'h100', gpus: 2, gpuMemoryMib: 81920, vcpus: 8, memoryMib: 65536 })).toMatchObject({ computeCapability: '9.0', hourlyUsd: undefined, localStorageGb: 0 });
    expect(() => Accelerator.of({ instanceType: 'x1.big', gpu: 'h100', gpus: 0, gpuMemoryMib: 81920, vcpus: 1.5, memoryMib: 65536 }))
      .toThrow(/gpus: expected a whole number from 1, got 0.*\nvcpus: expected a whole number from 1, got 1.5/);
  });
});
