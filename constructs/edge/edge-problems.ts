import { Stack, Token } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as route53 from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';
import { givenSeconds, secondsOf } from '../checks/durations';
import { deployTimeProblems, isUnresolved } from '../checks/unresolved';
import { API_ROUTES } from './api-routes';
import type { EdgeService } from './edge-service';
import { EdgeExposure, type GatewayEdgeProps } from './gateway-edge-props';
import type { SignIn } from './sign-in';

/** Shortest and longest idle timeout, seconds: what a model may need before its first token, and what a load balancer takes. */
const MIN_IDLE_SECONDS = 600;
const MAX_IDLE_SECONDS = 4000;

/** Longer than a gateway's longest request, 10 minutes: it is the gateway that tells its caller. */
export const DEFAULT_IDLE_SECONDS = 630;

/** Longest session of a person who has signed in, seconds. */
const MAX_SESSION_SECONDS = 7 * 24 * 3600;

/** Most paths of people: each four of them are a rule, of which a listener has 100. */
const MAX_PATHS = 20;

/** Longest pattern of a path that a load balancer takes, and what it may be made of. */
const PATH_PATTERN = /^\/[\w\-.$/~"'@:+&*?]{1,127}$/;

const HOST_NAME = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;

/** What is wrong with an edge, one problem per line; empty when nothing is. */
export function edgeProblems(scope: Construct, props: GatewayEdgeProps): string[] {
  return [
    ...exposureProblems(props),
    ...nameProblems(props),
    ...serviceProblems('service', props.service),
    ...timeProblems(props),
    ...addressProblems('authentication', { ...props.authentication?.tokens }),
    ...(props.signIn ? signInProblems(props.signIn) : []),
    ...(props.accessLogs && Token.isUnresolved(Stack.of(scope).region)
      ? [
          'accessLogs: expected a stack whose region is known, got one without; set env.region of the stack, by which the writer of the logs is known',
        ]
      : []),
  ];
}

function exposureProblems({ exposure, firewall, authentication, allowFrom, vpc }: GatewayEdgeProps): string[] {
  const open = exposure === EdgeExposure.PUBLIC;
  return [
    ...(open && !firewall
      ? [
          'firewall: expected one on a public endpoint, got none; give new EdgeFirewall(…), or make the endpoint private',
        ]
      : []),
    ...(open && !authentication
      ? [
          'authentication: expected one on a public endpoint, got none; give EdgeAuthentication.gatewayKeys() or .jwt(…), or make the endpoint private',
        ]
      : []),
    ...(allowFrom?.length === 0
      ? ['allowFrom: expected at least one peer, got none; nobody could open a connection']
      : []),
    ...(!open && !allowFrom && rangeOf(vpc) === undefined
      ? [
          'allowFrom: expected peers where the range of the VPC is not known, got none; give them, or a VPC with its range',
        ]
      : []),
  ];
}

/** Address range of a VPC; undefined where an imported one does not know it. */
export function rangeOf(vpc: ec2.IVpc): string | undefined {
  return whereKnown(() => vpc.vpcCidrBlock);
}

/** What an imported resource may not know, of which aws-cdk-lib says so by an error alone. */
function whereKnown(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function nameProblems({ domainName, hostedZone, certificate }: GatewayEdgeProps): string[] {
  const zone = hostedZone && whereKnown(() => hostedZone.zoneName);
  const known = !isUnresolved(domainName);
  return [
    ...(known && !HOST_NAME.test(domainName)
      ? [
          `domainName: expected a name in lower case such as llm.example.com, got ${JSON.stringify(domainName)}; correct it`,
        ]
      : []),
    ...(known && zone !== undefined && !isUnresolved(zone) && domainName !== zone && !domainName.endsWith(`.${zone}`)
      ? [
          `hostedZone: expected the zone of ${domainName}, got that of ${zone}; the record would answer for another name`,
        ]
      : []),
    ...(hostedZone && zone === undefined
      ? [
          'hostedZone: expected a zone whose name is known, got an imported one without; import it by its id and its name',
        ]
      : []),
    ...(certificate || hostedZone
      ? []
      : ['certificate: expected a certificate or a hostedZone to validate one in, got neither; give one of them']),
    ...(!certificate && hostedZone instanceof route53.PrivateHostedZone
      ? [
          'certificate: expected one with a private hostedZone, got none; ACM validates in public zones only, so give one of ACM Private CA or one that a public zone has validated',
        ]
      : []),
  ];
}

function serviceProblems(option: string, service: EdgeService): string[] {
  const { port, podPort, healthCheckPort, healthCheckPath } = service;
  const ports = Object.fromEntries(
    Object.entries({ port, podPort, healthCheckPort }).flatMap(([name, given]) =>
      given === undefined ? [] : [[`${option}.${name}`, given]],
    ),
  );
  return [
    ...deployTimeProblems(ports),
    ...Object.entries(ports)
      .filter(([, given]) => !isUnresolved(given) && !(Number.isInteger(given) && given >= 1 && given <= 65535))
      .map(([name, given]) => `${name}: expected a port from 1 to 65535, got ${given}; correct it`),
    ...(isUnresolved(healthCheckPath) || /^\/\S{0,1023}$/.test(healthCheckPath)
      ? []
      : [
          `${option}.healthCheckPath: expected a path that starts with /, got ${JSON.stringify(healthCheckPath)}; correct it`,
        ]),
  ];
}

function timeProblems({ idleTimeout, service }: GatewayEdgeProps): string[] {
  const seconds = idleTimeout ? secondsOf(idleTimeout) : DEFAULT_IDLE_SECONDS;
  const request = service.requestTimeout ? secondsOf(service.requestTimeout) : 0;
  if (seconds > 0 && seconds <= request)
    return [
      `idleTimeout: expected longer than service.requestTimeout (${givenSeconds(request)} seconds), got ${givenSeconds(seconds)}; the load balancer would cut off what the gateway still waits for`,
    ];
  return Number.isInteger(seconds) && seconds >= MIN_IDLE_SECONDS && seconds <= MAX_IDLE_SECONDS
    ? []
    : [
        `idleTimeout: expected whole seconds from ${MIN_IDLE_SECONDS} to ${MAX_IDLE_SECONDS}, got ${givenSeconds(seconds)}; a shorter one cuts off models that think, and a load balancer takes no longer one`,
      ];
}

function addressProblems(option: string, addresses: Readonly<Record<string, string>>): string[] {
  return Object.entries(addresses)
    .filter(([, address]) => !isUnresolved(address) && !/^https:\/\/[^\s/]+/.test(address))
    .map(
      ([name, address]) =>
        `${option}.${name}: expected an https address, got ${JSON.stringify(address)}; write it as the provider says it`,
    );
}

function signInProblems({ paths, service, sessionTimeout, addresses }: SignIn): string[] {
  const session = secondsOf(sessionTimeout);
  return [
    ...addressProblems('signIn', addresses),
    ...(service ? serviceProblems('signIn.service', service) : []),
    ...(Token.isUnresolved(paths)
      ? ['signIn.paths: expected paths that are known at synth, got a deploy-time list; give them']
      : [
          ...(paths.length >= 1 && paths.length <= MAX_PATHS
            ? []
            : [`signIn.paths: expected 1 to ${MAX_PATHS} paths, got ${paths.length}; use * as a wildcard`]),
          ...paths.flatMap((path) => pathProblems(path, service)),
        ]),
    ...(Number.isInteger(session) && session >= 1 && session <= MAX_SESSION_SECONDS
      ? []
      : [
          `signIn.sessionTimeout: expected whole seconds from 1 to ${MAX_SESSION_SECONDS}, got ${givenSeconds(session)}; a load balancer keeps no longer session`,
        ]),
  ];
}

function pathProblems(path: string, service?: EdgeService): string[] {
  const problem = (expected: string, advice: string) => [
    `signIn.paths: expected ${expected}, got ${isUnresolved(path) ? 'a deploy-time value' : JSON.stringify(path)}; ${advice}`,
  ];
  // The gateway may offer more than the API, without a key.
  if (!service)
    return API_ROUTES.some((route) => route.path === path)
      ? []
      : problem('routes of the API where signIn has no service', 'give signIn.service, or one of the routes');
  return isUnresolved(path) || PATH_PATTERN.test(path)
    ? []
    : problem('paths of at most 128 characters that start with /', 'correct it');
}
