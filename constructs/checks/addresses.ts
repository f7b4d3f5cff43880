import { isUnresolved } from './unresolved';

/** What is wrong with an address of Prometheus; empty when nothing is. */
export function prometheusAddressProblems(option: string, address: string): string[] {
  return isUnresolved(address) || /^https?:\/\/\S+$/.test(address)
    ? []
    : [`${option}: expected an http or https address, got ${JSON.stringify(address)}; give it with its scheme`];
}
