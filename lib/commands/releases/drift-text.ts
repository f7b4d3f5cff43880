import { type Json } from '../../../constructs/kubernetes/contract/release-document';
import { type FieldDrift, type ObjectDrift } from '../../../constructs/kubernetes/contract/release-operations';

/** How much of what both values share is shown before the first difference, characters. */
const SHARED = 20;

/** The objects that differ from a release, a line each, with their fields below. */
export function driftText(objects: readonly ObjectDrift[], width: number): string {
  const column = Math.max(...objects.map(({ object }) => object.length));
  return objects
    .flatMap(({ object, state, takenBy, fields = [], more = 0, problem }) => [
      `  ${object.padEnd(column)}  ${state === 'taken' ? `taken by ${takenBy}, and left to it` : state}`,
      ...(problem === undefined ? [] : [`      ${problem}`]),
      ...fields.flatMap((field) => fieldLines(field, width)),
      ...(more > 0 ? [`      and ${more} more ${more === 1 ? 'field' : 'fields'}`] : []),
    ])
    .join('\n');
}

function fieldLines({ path, released, live }: FieldDrift, width: number): string[] {
  const values = [released === undefined ? '(not set)' : text(released), live === undefined ? '(gone)' : text(live)];
  const line = `      ${path}: released ${values[0]}, live ${values[1]}`;
  if (line.length <= width) return [line];
  const indent = '        ';
  const [first, second] = excerpts(values, width - indent.length - 'released  '.length);
  return [`      ${path}`, `${indent}released  ${first}`, `${indent}live      ${second}`];
}

function text(value: Json): string {
  return JSON.stringify(value);
}

/** The parts around the first difference, where the whole does not fit. */
function excerpts(values: readonly string[], room: number): string[] {
  const [a, b] = values;
  let same = 0;
  while (same < a.length && a[same] === b[same]) same += 1;
  return values.map((value) => {
    if (value.length <= room) return value;
    const from = Math.max(0, same - SHARED);
    const end = from + room - 2;
    return `${from > 0 ? '…' : ''}${value.slice(from, end)}${end < value.length ? '…' : ''}`;
  });
}

/** `2 missing, 1 changed` */
export function driftSummary(objects: readonly ObjectDrift[]): string {
  const count = (state: ObjectDrift['state']) => objects.filter((object) => object.state === state).length;
  return (['missing', 'changed', 'taken'] as const)
    .filter((state) => count(state) > 0)
    .map((state) => `${count(state)} ${state}`)
    .join(', ');
}
