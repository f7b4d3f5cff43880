import type { Template } from 'aws-cdk-lib/assertions';

interface Action {
  readonly Type: string;
  readonly Order?: number;
  readonly TargetGroupArn?: { readonly Ref: string };
  readonly FixedResponseConfig?: { readonly StatusCode: string; readonly MessageBody?: string };
}

interface Rule {
  readonly Priority: number;
  readonly Actions: Action[];
  readonly Conditions: {
    readonly Field: string;
    readonly HostHeaderConfig?: { readonly Values: string[] };
    readonly PathPatternConfig?: { readonly Values: string[] };
    readonly HttpRequestMethodConfig?: { readonly Values: string[] };
    readonly HttpHeaderConfig?: { readonly HttpHeaderName: string; readonly Values: string[] };
  }[];
}

/** A request, as a listener sees it. */
export interface ListenerRequest {
  readonly method?: string;
  readonly path: string;
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Rules of a listener in their order. */
export function rulesOf(template: Template): Rule[] {
  return Object.values(template.findResources('AWS::ElasticLoadBalancingV2::ListenerRule'))
    .map(({ Properties }) => Properties as Rule)
    .sort((one, other) => one.Priority - other.Priority);
}

/**
 * What the HTTPS listener of a template does with a request: the types of its actions, with the target group; a fixed response by its status. Written by AWS's
 * description of conditions: all of a rule must hold, one of the values of each; paths are matched with their case, all else without.
 */
export function answer(template: Template, request: ListenerRequest): string {
  const [https] = Object.values(
    template.findResources('AWS::ElasticLoadBalancingV2::Listener', { Properties: { Port: 443 } }),
  );
  const { method = 'POST', path, host = 'llm.example.com', headers = {} } = request;
  const rule = rulesOf(template).find(({ Conditions }) =>
    Conditions.every((condition) => {
      const { Field, HostHeaderConfig, PathPatternConfig, HttpRequestMethodConfig, HttpHeaderConfig } = condition;
      if (Field === 'host-header') return HostHeaderConfig!.Values.some((value) => like(value, host, 'i'));
      if (Field === 'path-pattern') return PathPatternConfig!.Values.some((value) => like(value, path));
      if (Field === 'http-request-method') return HttpRequestMethodConfig!.Values.includes(method);
      if (Field !== 'http-header') throw new Error(`no condition of ${Field} is known here`);
      const sent = Object.entries(headers).find(([name]) => like(HttpHeaderConfig!.HttpHeaderName, name, 'i'))?.[1];
      return sent !== undefined && HttpHeaderConfig!.Values.some((value) => like(value, sent, 'i'));
    }),
  );
  const actions = rule?.Actions ?? (https.Properties as { DefaultActions: Action[] }).DefaultActions;
  return [...actions]
    .sort((one, other) => (one.Order ?? 1) - (other.Order ?? 1))
    .map(({ Type, FixedResponseConfig, TargetGroupArn }) => {
      const target = TargetGroupArn?.Ref.replace(/[0-9A-F]{8}$/, '');
      return FixedResponseConfig?.StatusCode ?? (target === undefined ? Type : `${Type} ${target}`);
    })
    .join(', ');
}

function like(pattern: string, text: string, flags = ''): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${expression}$`, flags).test(text);
}
