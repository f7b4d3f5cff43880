/** Who makes the devices of an instance type; it decides image, device plugin and name of the resource. */
export enum AcceleratorManufacturer {
  /** NVIDIA GPUs, offered as `nvidia.com/gpu`. */
  NVIDIA = 'nvidia',
  /** Inferentia and Trainium chips, offered as `aws.amazon.com/neuron`. */
  AWS = 'aws',
}
