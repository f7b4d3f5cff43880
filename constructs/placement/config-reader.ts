/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

const ADVICE = 'take the file from the model\'s repository as it is published';

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads fields of a `config.json` and collects what is wrong with them, so that one error can name everything. */
export class ConfigReader {
  public readonly problems: string[] = [];

  /**
   * @param defaults what the library that made the file leaves out of it
   */
  public constructor(private readonly config: JsonObject, private readonly defaults: JsonObject = {}) {}

  /** The value of a field; undefined when it is missing or null. */
  public raw(key: string): unknown {
    return this.config[key] ?? this.defaults[key] ?? undefined;
  }

  /** A whole number from 1; 1 after a problem, so that reading goes on. */
  public count(key: string, otherwise?: number): number {
    return this.number(key, 1, otherwise);
  }

  /** A whole number from 0. */
  public amount(key: string, otherwise?: number): number {
    return this.number(key, 0, otherwise);
  }

  public flag(key: string, otherwise: boolean): boolean {
    const value = this.raw(key);
    if (value === undefined) return otherwise;
    if (typeof value !== 'boolean') this.problem(key, 'true or false', value);
    return value === true;
  }

  /** A list of strings; undefined when it is missing. */
  public strings(key: string): readonly string[] | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    this.problem(key, 'a list of strings', value);
    return undefined;
  }

  /** A list of whole numbers from 0; empty when it is missing. */
  public amounts(key: string): readonly number[] {
    const value = this.raw(key);
    if (value === undefined) return [];
    if (Array.isArray(value) && value.every((item) => Number.isInteger(item) && item >= 0)) return value as number[];
    this.problem(key, 'a list of whole numbers', value);
    return [];
  }

  public object(key: string): JsonObject | undefined {
    const value = this.raw(key);
    if (value === undefined || isObject(value)) return value;
    this.problem(key, 'an object', value);
    return undefined;
  }

  public problem(key: string, expected: string, value: unknown, advice = ADVICE): void {
    const line = `${key}: expected ${expected}, got ${value === undefined ? 'nothing' : JSON.stringify(value)}; ${advice}`;
    if (!this.problems.includes(line)) this.problems.push(line);
  }

  private number(key: string, least: number, otherwise?: number): number {
    const value = this.raw(key) ?? otherwise;
    if (typeof value === 'number' && Number.isInteger(value) && value >= least) return value;
    this.problem(key, `a whole number from ${least}`, value);
    return 1;
  }
}
