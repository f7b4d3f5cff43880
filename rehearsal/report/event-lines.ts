import type { EventReport } from './types';

/** An event, and how often it came in a row. */
export interface EventLine {
  readonly event: EventReport;
  readonly times: number;
}

/** Lines of one act that the page holds. */
const LIMIT = 250;

/** Joins events that repeat the one before, in the order of their time, and keeps the last lines: the end tells most. */
export function eventLines(events: readonly EventReport[]): { readonly lines: readonly EventLine[]; readonly omitted: number } {
  const lines: { event: EventReport; times: number }[] = [];
  for (const event of [...events].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
    const last = lines.at(-1);
    if (last !== undefined && last.event.source === event.source && last.event.text === event.text && event.marker === undefined) {
      last.times += 1;
    } else {
      lines.push({ event, times: 1 });
    }
  }
  return { lines: lines.slice(-LIMIT), omitted: Math.max(0, lines.length - LIMIT) };
}
