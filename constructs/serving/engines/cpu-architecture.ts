/** Architectures of nodes, as the label `kubernetes.io/arch` has them. */
export enum CpuArchitecture {
  /** x86-64. */
  AMD64 = 'amd64',
  /** 64-bit Arm, such as AWS Graviton. */
  ARM64 = 'arm64',
}

/** Architecture of an instance type: Graviton is a `g` behind the generation, and NVIDIA's Grace stands with its GPU, as in `p6e-gb200`. CDK's `InstanceType` reads no names with hyphens. */
export function instanceArchitecture(instanceType: string): CpuArchitecture {
  return /^(a1|[a-z]+\d+[a-z]*g[a-z]*)\.|-gb\d+\./.test(instanceType) ? CpuArchitecture.ARM64 : CpuArchitecture.AMD64;
}
