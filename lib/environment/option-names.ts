/** Where the data of an environment says what the library knows by another name: full paths, by the library's. */
export type OptionNames = Readonly<Record<string, string>>;

/**
 * A problem of the library under the path that the user wrote. A name stands for what is below it too: with `steps` for
 * `rollout.steps`, `steps[0].weight` is `rollout.steps[0].weight`.
 *
 * @param problem `<option of the library>: expected …`
 * @param names options that the data has elsewhere
 * @param parent path of the object whose options all others are
 */
export function underPathOfUser(problem: string, names: OptionNames, parent: string): string {
  const [option] = problem.split(': expected', 1);
  const [known] = Object.keys(names)
    .filter((name) => option === name || option.startsWith(`${name}.`) || option.startsWith(`${name}[`))
    .sort((left, right) => right.length - left.length);
  return known === undefined ? `${parent}.${problem}` : names[known] + problem.slice(known.length);
}
