import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct } from 'constructs';
import { API_ROUTES, type ApiRoute } from './api-routes';
import type { EdgeAuthentication } from './edge-authentication';
import type { SignIn } from './sign-in';

/** Most values that the conditions of one rule may have together. */
const MAX_VALUES = 5;

/** What the rules of a listener are made of. */
export interface ListenerRulesOptions {
  readonly listener: elbv2.IApplicationListener;
  /** The one host that is answered: no other may be named to the gateway. */
  readonly domainName: string;
  readonly targetGroup: elbv2.IApplicationTargetGroup;
  /** What answers people. */
  readonly peopleTargetGroup: elbv2.IApplicationTargetGroup;
  readonly authentication?: EdgeAuthentication;
  readonly signIn?: SignIn;
}

/** Answer of the API to what it does not offer, or to whom. */
export function refusal(status: number, message: string): elbv2.ListenerAction {
  return elbv2.ListenerAction.fixedResponse(status, {
    contentType: 'application/json',
    messageBody: JSON.stringify({ error: { message, type: 'invalid_request_error', code: status } }),
  });
}

/**
 * Adds the rules of a listener: the routes of the API for programs, then paths for people, then 401 for routes without a key. What is left
 * gets the listener's own answer.
 */
export function addListenerRules(scope: Construct, options: ListenerRulesOptions): void {
  const { listener, domainName, targetGroup, peopleTargetGroup, authentication, signIn } = options;
  const host = elbv2.ListenerCondition.hostHeaders([domainName]);
  const forward = () => elbv2.ListenerAction.forward([targetGroup]);
  let priority = 0;
  const add = (id: string, conditions: elbv2.ListenerCondition[], action: elbv2.ListenerAction): void => {
    priority += 1;
    new elbv2.ApplicationListenerRule(scope, id, { listener, priority, conditions, action });
  };
  /** Rules for the routes, beside the host and so many values of other conditions. */
  const addRoutes = (id: string, others: elbv2.ListenerCondition[], action: () => elbv2.ListenerAction): void => {
    for (const method of ['POST', 'GET'] as const) {
      const paths = API_ROUTES.filter((route: ApiRoute) => route.method === method).map(({ path }) => path);
      chunks(paths, MAX_VALUES - 2 - others.length).forEach((some, index) =>
        add(
          `${id}${method}${index}`,
          [
            host,
            elbv2.ListenerCondition.httpRequestMethods([method]),
            ...others,
            elbv2.ListenerCondition.pathPatterns(some),
          ],
          action(),
        ),
      );
    }
  };

  const bearer = authentication ? [elbv2.ListenerCondition.httpHeader('Authorization', ['Bearer ?*'])] : [];
  const tokens = authentication?.tokens;
  addRoutes('Api', bearer, () =>
    tokens ? elbv2.ListenerAction.authenticateJwt({ ...tokens, next: forward() }) : forward(),
  );
  chunks(signIn?.paths ?? [], MAX_VALUES - 1).forEach((some, index) =>
    add(
      `People${index}`,
      [host, elbv2.ListenerCondition.pathPatterns(some)],
      signIn!.bind(elbv2.ListenerAction.forward([peopleTargetGroup])),
    ),
  );
  if (authentication) addRoutes('NoKey', [], () => refusal(401, 'Send a key: Authorization: Bearer <key>'));
}

function chunks(values: readonly string[], size: number): string[][] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, index) =>
    values.slice(index * size, (index + 1) * size),
  );
}
