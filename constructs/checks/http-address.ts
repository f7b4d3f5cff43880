import { isUnresolved } from './unresolved';

/** What is wrong with the address of a server, in a list; empty when nothing is, or when it is a deploy-time value. */
export function httpAddressProblems(path: string, address: string): string[] {
  return isUnresolved(address) || /^https?:\/\/\S+$/.test(address)
    ? []
    : [`${path}: expected an http or https address, got ${JSON.stringify(address)}; give it with its scheme`];
}
