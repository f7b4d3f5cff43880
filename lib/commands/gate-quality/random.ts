/**
 * Numbers that look random and are the same in every run.
 *
 * @see https://en.wikipedia.org/wiki/Xorshift xorshift32, of Marsaglia, "Xorshift RNGs", 2003
 */
export class Random {
  private state: number;

  public constructor(seed: number) {
    this.state = seed | 0 || 1;
    // Seeds that are near each other start alike.
    for (let count = 0; count < 8; count++) this.next();
  }

  /** From 0 to less than 1. */
  public next(): number {
    let state = this.state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.state = state;
    return (state >>> 0) / 4_294_967_296;
  }

  /** Whether something of this probability happens. */
  public happens(probability: number): boolean {
    return this.next() < probability;
  }

  /** How many of independent events happen, by their mean number. */
  public poisson(mean: number): number {
    if (mean <= 0) return 0;
    // Beyond this the normal distribution is near enough.
    if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    let count = 0;
    let probability = Math.exp(-mean);
    for (let rest = this.next() - probability; rest > 0 && probability > 1e-14; rest -= probability) {
      count += 1;
      probability *= mean / count;
    }
    return count;
  }

  private normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }
}
