/** Architectures of nodes, as the label `kubernetes.io/arch` has them. */
export enum CpuArchitecture {
  /** x86-64. */
  AMD64 = 'amd64',
  /** 64-bit Arm, such as AWS Graviton. */
  ARM64 = 'arm64',
}
