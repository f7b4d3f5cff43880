import type { Accelerator } from '../gpu/accelerator';

/** One network interface of an instance. */
export interface InstanceInterface {
  readonly networkCardIndex: number;
  readonly deviceIndex: number;
  readonly interfaceType: 'interface' | 'efa-only';
}

/**
 * Interfaces of an instance with all its EFA devices: one address on the first network card, and a device for the fabric alone
 * on every card.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-acc-inst-types.html
 */
export function efaInterfaces(accelerator: Accelerator): InstanceInterface[] {
  return [
    { networkCardIndex: 0, deviceIndex: 0, interfaceType: 'interface' },
    { networkCardIndex: 0, deviceIndex: 1, interfaceType: 'efa-only' },
    ...Array.from(
      { length: accelerator.efaInterfaces - 1 },
      (_, index): InstanceInterface => ({ networkCardIndex: index + 1, deviceIndex: 0, interfaceType: 'efa-only' }),
    ),
  ];
}
