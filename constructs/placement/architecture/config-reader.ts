/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

const ADVICE = "take the file from the model's repository as it is published";

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads fields of a `config.json` and collects what is wrong with them, so that one error can name everything. */
export class ConfigReader {
  public readonly problems: string[] = [];

  /**
   * @param defaults what the library that made the file leaves out of it
   * @param names how the file spells fields, by their common name
   */
  public constructor(
    private readonly config: JsonObject,
    private readonly defaults: JsonObject = {},
    private readonly names: Readonly<Record<string, string>> = {},
  ) {}

  /** The value of a field; undefined when it is missing or null. */
  public raw(key: string): unknown {
    return (
      this.config[this.nameOf(key)] ??
      this.config[key] ??
      this.defaults[this.nameOf(key)] ??
      this.defaults[key] ??
      undefined
    );
  }

  /** A whole number from 1; 1 after a problem, so that reading continues. */
  public count(key: string, otherwise?: number): number {
    return this.number(key, 1, otherwise);
  }

  /** A whole number from 1; undefined when it is missing. */
  public optionalCount(key: string): number | undefined {
    return this.raw(key) === undefined ? undefined : this.count(key);
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

  /** A whole number from 1 for each layer: the file has one for all, or a list of them. */
  public countsOf(key: string, layers: number): readonly number[] {
    const value = this.raw(key);
    if (!Array.isArray(value)) return new Array<number>(layers).fill(this.count(key));
    if (value.length === layers && value.every((item) => Number.isInteger(item) && item >= 1)) return value as number[];
    this.problem(key, `a whole number from 1 for each of ${layers} layers`, value);
    return new Array<number>(layers).fill(1);
  }

  /** Length of the side of a square: a whole number from 1, or the same one twice. */
  public side(key: string, otherwise?: number): number {
    const value = this.raw(key);
    if (!Array.isArray(value)) return this.count(key, otherwise);
    if (value.length === 2 && value[0] === value[1] && Number.isInteger(value[0]) && value[0] >= 1)
      return value[0] as number;
    this.problem(key, 'a whole number from 1, or the same one twice', value);
    return 1;
  }

  public object(key: string): JsonObject | undefined {
    const value = this.raw(key);
    if (value === undefined || isObject(value)) return value;
    this.problem(key, 'an object', value);
    return undefined;
  }

  public problem(key: string, expected: string, value: unknown, advice = ADVICE): void {
    const line = `${this.nameOf(key)}: expected ${expected}, got ${value === undefined ? 'nothing' : JSON.stringify(value)}; ${advice}`;
    if (!this.problems.includes(line)) this.problems.push(line);
  }

  private nameOf(key: string): string {
    return this.names[key] ?? key;
  }

  private number(key: string, least: number, otherwise?: number): number {
    const value = this.raw(key) ?? otherwise;
    if (typeof value === 'number' && Number.isInteger(value) && value >= least) return value;
    this.problem(key, `a whole number from ${least}`, value);
    return 1;
  }
}
