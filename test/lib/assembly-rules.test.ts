import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { production, rehearsal, staging } from '../../environments';
import type { EnvironmentConfig } from '../../lib/environment';
import { PlatformStage } from '../../lib/stage';
import { testApp } from '../support/app';
import { fullEnvironment } from '../support/full-environment';

// Rules that hold for every template of every environment, whatever is retained in it.

interface Resource { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>>; readonly DeletionPolicy?: string }
type Resources = Readonly<Record<string, Resource>>;

const temporary = (environment: EnvironmentConfig): EnvironmentConfig => ({ ...environment, name: `${environment.name}-d`, retention: 'destroy' });
const environments = [staging, production, rehearsal(), fullEnvironment, temporary(staging), temporary(fullEnvironment)];
const stages = environments.map((environment) => {
  const stage = new PlatformStage(testApp(), environment.name, { environment });
  const templates = (stage.node.children as Stack[]).map((stack) => ({ stack: stack.node.id, resources: Template.fromStack(stack).toJSON().Resources as Resources }));
  return { environment, templates, resources: templates.flatMap(({ stack, resources }) => Object.entries(resources).map(([id, resource]) => ({ stack, id, ...resource }))) };
});

/** The name that a template gives to a resource, where it is the same in each attempt: its own, or made of those of others. */
function literalName({ Type, Properties = {} }: Resource, resources: Resources): string | undefined {
  const kind = Type.split('::').at(-1)!;
  return literal(Properties[`${kind}Name`] ?? Properties.Name, resources);
}

function literal(value: unknown, resources: Resources): string | undefined {
  if (typeof value !== 'object' || value === null) return value === undefined ? undefined : String(value);
  const { Ref: reference, 'Fn::Join': join } = value as { Ref?: string; 'Fn::Join'?: [string, unknown[]] };
  if (reference?.startsWith('AWS::')) return reference;
  if (reference !== undefined) return resources[reference] && literalName(resources[reference], resources);
  const parts = join?.[1].map((part) => literal(part, resources));
  return parts?.every((part) => part !== undefined) ? parts.join(join![0]) : undefined;
}

test('a name that is made of the name of another resource is found', () => {
  const resources: Resources = {
    Named: { Type: 'AWS::Lambda::Function', Properties: { FunctionName: 'releases' } },
    Unnamed: { Type: 'AWS::Lambda::Function', Properties: {} },
  };
  const groupOf = (Ref: string): Resource => ({ Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: { 'Fn::Join': ['', ['/aws/lambda/', { Ref }]] } } });
  expect(literalName(groupOf('Named'), resources)).toBe('/aws/lambda/releases');
  expect(literalName(groupOf('Unnamed'), resources)).toBeUndefined();
});

describe.each(stages)('$environment.name', ({ environment, templates, resources }) => {
  // Whoever chooses the name of the bucket of weights keeps it: what is in it cannot be made again.
  const kept = ['AWS::S3::Bucket llm-weights'];

  test('nothing that stays has a name that stops the next creation', () => {
    const names = templates.flatMap(({ resources: own }) => Object.values(own)
      .filter(({ DeletionPolicy = 'Delete' }) => DeletionPolicy !== 'Delete')
      .map((resource) => ({ Type: resource.Type, name: literalName(resource, own), DeletionPolicy: resource.DeletionPolicy })));
    expect(names.filter(({ Type, name }) => name !== undefined && !kept.includes(`${Type} ${name}`))).toEqual([]);
  });

  test('what is to be destroyed leaves nothing behind', () => {
    if (environment.retention !== 'destroy') return;
    expect(resources.filter(({ DeletionPolicy = 'Delete' }) => DeletionPolicy !== 'Delete').map(({ stack, id }) => `${stack} ${id}`)).toEqual([]);
  });
});
