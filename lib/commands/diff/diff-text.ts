import { describePrice } from '../prices';
import { type CanaryForecast } from './canary-forecast';
import { type EnvironmentDiff, type StackDiff } from './environment-diff';
import { describeNodesCost } from './nodes-cost';
import { type FieldChange, type ObjectChange } from './object-diff';
import { type ResourceChanges, type ResourceName } from './template-diff';

const SIGNS: Record<ObjectChange['change'], string> = { added: '+', removed: '-', changed: '~' };

/** Longest line of a changed field that holds both values, characters. */
const WIDTH = 120;

/** A diff as text. */
export function diffText({ environment, from, stacks, canaries, nodes }: EnvironmentDiff): string {
  if (stacks.length === 0) return `${environment}: no change against ${from}`;
  return [
    `${environment}: working tree against ${from}`,
    ...stacks.map(stackText),
    ...nodesText(nodes),
    ...(canaries.length > 0 ? [['Rollouts', ...canaries.map(canaryText)].join('\n')] : []),
  ].join('\n\n');
}

const KINDS: Record<keyof ResourceChanges, string> = {
  added: 'added',
  changed: 'changed',
  replaced: 'replaced',
  perhapsReplaced: 'perhaps replaced',
  removed: 'removed',
};

function stackText({ stack, stackName, change, resources, releases }: StackDiff): string {
  const summary = (Object.keys(KINDS) as (keyof ResourceChanges)[])
    .filter((kind) => resources[kind].length > 0)
    .map((kind) => `${resources[kind].length} ${KINDS[kind]} (${typesOf(resources[kind])})`);
  return [
    `${SIGNS[change]} ${stack}: ${summary.join('; ') || 'no resource changes'}`,
    ...(change === 'removed'
      ? [`  left alone by cdk deploy: aws cloudformation delete-stack --stack-name ${stackName}`]
      : []),
    ...releases.flatMap(({ release, objects }) => [`  release ${release}`, ...objects.flatMap(objectLines)]),
  ].join('\n');
}

/** `AWS::IAM::Role ×2, AWS::Lambda::Function` */
function typesOf(resources: readonly ResourceName[]): string {
  const counts = new Map<string, number>();
  for (const { type } of resources) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].map(([type, count]) => (count > 1 ? `${type} ×${count}` : type)).join(', ');
}

function objectLines({ change, kind, namespace, name, fields }: ObjectChange): string[] {
  return [`    ${SIGNS[change]} ${kind} ${namespace ? `${namespace}/` : ''}${name}`, ...fields.flatMap(fieldLines)];
}

function fieldLines(field: FieldChange): string[] {
  const indent = '        ';
  const removed = 'from' in field;
  const added = 'to' in field;
  const [from, to] = [textOf(field.from), textOf(field.to)];
  const line = removed && added ? `${from} → ${to}` : removed ? `${from} → (none)` : `(none) → ${to}`;
  const oneLine = `${indent}${field.path}: ${line}`;
  if (oneLine.length <= WIDTH && !line.includes('\n')) return [oneLine];
  const marked = (sign: string, text: string) => text.split('\n').map((part) => `${indent}  ${sign} ${part}`);
  return [`${indent}${field.path}:`, ...(removed ? marked('-', from) : []), ...(added ? marked('+', to) : [])];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function canaryText(each: CanaryForecast): string {
  const { rollout, forecast, steps, plannedSeconds, deadlineSeconds, canary, cost, placement, lostNodes, gateQuality } =
    each;
  const times =
    plannedSeconds === undefined
      ? ''
      : `; planned ${minutes(plannedSeconds)}, given up after ${minutes(deadlineSeconds)}`;
  const lost =
    lostNodes === undefined
      ? ''
      : `\n    ! its nodes (${lostNodes}) go before it moves: set previousInstanceType: '${lostNodes}' until it has moved`;
  return `  ${rollout}: ${forecast}${canary ? ` ${steps.join(' → ')}` : ''}${times}${costText(cost)}${lost}${below(gateQuality)}${below(placement)}`;
}

/** Lines below the one of a rollout. */
function below(text: string | undefined): string {
  return text === undefined ? '' : `\n${text.replace(/^/gm, '    ')}`;
}

function nodesText({ before, after }: EnvironmentDiff['nodes']): string[] {
  const [from, to] = [before, after].map((cost) => (cost ? describeNodesCost(cost) : 'none, or of no known price'));
  return from === to ? [] : [`Nodes with accelerators, on demand\n  before  ${from}\n  after   ${to}`];
}

/** A cost that stays says nothing about a change. */
function costText({ before, after }: CanaryForecast['cost']): string {
  const [from, to] = [before, after].map((cost) => cost && describePrice(cost.least, cost.most));
  return to === undefined || from === to ? '' : `; ${from === undefined ? '' : `${from} → `}${to} on demand`;
}

function minutes(seconds: number): string {
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
