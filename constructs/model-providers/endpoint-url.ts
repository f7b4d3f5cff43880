import { isUnresolved } from '../checks/unresolved';
import { type EgressDestination, EgressReach } from './model-endpoint';

/** Parsed here: a host may hold a value that is known at deployment only, which no URL parser accepts. */
const URL_PARTS =
  /^(?<scheme>[a-z][a-z0-9+.-]*):\/\/(?<credentials>[^/@]*@)?(?<host>\[[^\]]*\]|(?:\$\{Token\[[^\]]*\]\}|[^/:?#$[\]])+)(?::(?<port>\d+))?(?<path>\/[^?#]*)?(?<rest>[?#].*)?$/i;

const HOST_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

interface UrlParts {
  readonly scheme: string;
  readonly credentials?: string;
  readonly host: string;
  readonly port?: string;
  readonly rest?: string;
}

/**
 * What is wrong with the base URL of a model, one problem per line; empty when nothing is.
 *
 * @param prop name of the property
 * @param url the base URL
 */
export function urlProblems(prop: string, url: string): string[] {
  const parts = partsOf(url);
  if (parts === undefined) {
    return [
      isUnresolved(url)
        ? `${prop}: expected an address whose scheme is known at synth, got a deploy-time value; write it as https://<host>/<path>, where the host may be one`
        : `${prop}: expected an address such as https://llm.example.com/v1, got ${JSON.stringify(withoutCredentials(url))}; correct it`,
    ];
  }
  const problems: string[] = [];
  if (parts.credentials)
    problems.push(
      `${prop}: expected no user or password in the address, got ${JSON.stringify(withoutCredentials(url))} with one; put the key into a secret`,
    );
  if (parts.rest)
    problems.push(
      `${prop}: expected an address without a query, got one that ends with ${parts.rest.slice(0, 1)}…; a gateway appends the path of each call`,
    );
  problems.push(...hostProblems(prop, parts.host));
  if (parts.scheme.toLowerCase() !== 'https' && !(parts.scheme.toLowerCase() === 'http' && isLocal(parts.host))) {
    problems.push(
      `${prop}: expected https, got ${parts.scheme}://${parts.host}; prompts and the key would cross the network in the clear, only a Service of the cluster (*.svc) or a loopback address may be called so`,
    );
  }
  if (parts.port !== undefined && !(Number(parts.port) >= 1 && Number(parts.port) <= 65535)) {
    problems.push(`${prop}: expected a port from 1 to 65535, got ${parts.port}; correct it`);
  }
  return problems;
}

/** Whether a URL leads to a Service of the cluster or to a loopback address. */
export function isLocalUrl(url: string): boolean {
  const parts = partsOf(url);
  return parts !== undefined && isLocal(parts.host);
}

/** Where a URL without problems leads. */
export function destinationOf(url: string): EgressDestination {
  const { scheme, host, port } = partsOf(url)!;
  return {
    host: host.replace(/^\[|\]$/g, '').replace(/\.$/, ''),
    port: Number(port ?? (scheme.toLowerCase() === 'https' ? 443 : 80)),
    reach: isLocal(host) ? EgressReach.CLUSTER : EgressReach.INTERNET,
  };
}

function partsOf(url: string): UrlParts | undefined {
  return URL_PARTS.exec(url)?.groups as UrlParts | undefined;
}

function hostProblems(prop: string, host: string): string[] {
  if (isUnresolved(host) || /^\[[0-9a-f:.]+\]$/i.test(host)) return [];
  if (host.includes('*'))
    return [
      `${prop}: expected one host, got ${JSON.stringify(host)}; a wildcard would open the way to hosts of others, name the host`,
    ];
  return host
    .replace(/\.$/, '')
    .split('.')
    .every((label) => HOST_LABEL.test(label))
    ? []
    : [`${prop}: expected the name of a host, got ${JSON.stringify(host)}; correct it`];
}

function isLocal(host: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/i.test(host) || /\.svc(\.cluster\.local)?\.?$/i.test(host);
}

/** What may be printed of an address: an error must not show a password. */
function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//…@');
}
