const NUMBER = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });
const COUNT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** A measured value, to three digits. */
export function formatNumber(value: number): string {
  return Math.abs(value) >= 1000 ? COUNT.format(value) : NUMBER.format(value);
}

/** A count, in full. */
export function formatCount(value: number): string {
  return COUNT.format(value);
}

/** `0.5 s`, `26 s`, `2 min 5 s`. */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'not measured';
  if (Math.abs(seconds) < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return whole < 120 ? `${whole} s` : `${Math.floor(whole / 60)} min${whole % 60 === 0 ? '' : ` ${whole % 60} s`}`;
}

/** `1:05`, for axes and event lists. */
export function formatClock(seconds: number): string {
  const whole = Math.round(Math.abs(seconds));
  return `${seconds < -0.5 ? '−' : ''}${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** Seconds between two ISO 8601 times. */
export function secondsBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}

/** `2026-11-21 06:04 UTC`. */
export function formatTime(at: string): string {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? at : `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** `1 act`, `3 acts`. */
export function plural(count: number, singular: string): string {
  return `${formatCount(count)} ${singular}${count === 1 ? '' : 's'}`;
}
