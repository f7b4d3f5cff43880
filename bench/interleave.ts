/**
 * Measures several things in turn, and in the reverse order every other round, so that what else happens on the machine
 * falls on all of them alike.
 */
export async function interleave<Name extends string, Sample>(
  rounds: number,
  measure: Readonly<Record<Name, () => Promise<Sample>>>,
  log: (line: string) => void = () => undefined,
): Promise<Record<Name, Sample[]>> {
  const names = Object.keys(measure) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as Sample[]])) as Record<Name, Sample[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      log(`round ${round + 1} of ${rounds}: ${name}`);
      samples[name].push(await measure[name]());
    }
  }
  return samples;
}
