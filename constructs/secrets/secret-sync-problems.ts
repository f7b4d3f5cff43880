import { isUnresolved } from '../checks/unresolved';
import type { SyncedSecretOptions } from './synced-secret';

/** What is wrong with the secrets of a namespace, one problem per line. */
export function syncedSecretsProblems(secrets: readonly SyncedSecretOptions[], region: string | undefined): string[] {
  if (secrets.length === 0)
    return ['secrets: expected at least one, got none; leave the construct out where nothing is synced'];
  return [
    ...repeated(
      'secrets',
      'name',
      secrets.map(({ name }) => name),
    ),
    ...secrets.flatMap((secret, index) => secretProblems(`secrets[${index}]`, secret, region)),
  ];
}

/** What is wrong with the name of a namespace or a release, one problem per line. */
export function labelNameProblems(path: string, name: string): string[] {
  return nameProblems(path, name, /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, "letters in lower case, digits and '-'", 63);
}

function nameProblems(path: string, name: string, pattern: RegExp, expected: string, longest: number): string[] {
  return isUnresolved(name) || (pattern.test(name) && name.length <= longest)
    ? []
    : [
        `${path}: expected ${expected}, at most ${longest} characters, got ${JSON.stringify(name)}; it is a name in Kubernetes, never the secret itself`,
      ];
}

function secretProblems(path: string, { name, entries }: SyncedSecretOptions, region: string | undefined): string[] {
  return [
    ...nameProblems(
      `${path}.name`,
      name,
      /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/,
      "letters in lower case, digits, '-' and '.'",
      253,
    ),
    ...(entries.length > 0 ? [] : [`${path}.entries: expected at least one, got none; name the keys of the Secret`]),
    ...repeated(
      `${path}.entries`,
      'key',
      entries.map(({ key }) => key),
    ),
    ...entries.flatMap(({ key, field, secret }, index) => {
      const entry = `${path}.entries[${index}]`;
      const from = secret.env.region;
      return [
        ...(/^[\w.-]{1,253}$/.test(key) && !/^\.\.?$/.test(key)
          ? []
          : [
              `${entry}.key: expected letters, digits, '-', '_' and '.', got ${isUnresolved(key) ? 'a deploy-time value' : JSON.stringify(key)}; it is the name of a file or a variable`,
            ]),
        ...(field === undefined || isUnresolved(field) || /^[\w-]+(\.[\w-]+)*$/.test(field)
          ? []
          : [
              `${entry}.field: expected letters, digits, '-' and '_', with '.' between a field and one within it, got ${JSON.stringify(field)}; rename the field in the secret`,
            ]),
        ...(region === undefined || [region, from].some(isUnresolved) || from === region
          ? []
          : [
              `${entry}.secret: expected one of ${region}, the region of the stack, got one of ${from}; replicate it there`,
            ]),
      ];
    }),
  ];
}

function repeated(path: string, option: string, names: readonly string[]): string[] {
  return names.flatMap((name, index) => {
    const first = names.indexOf(name);
    return first === index
      ? []
      : [
          `${path}[${index}].${option}: expected each once, got ${JSON.stringify(name)} as ${path}[${first}].${option} too; rename one`,
        ];
  });
}
