import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { ROOT } from './fences';

/** Folders of programs and libraries with files of their own, as git knows them; a folder of `test` bears the name of what it tests. */
function rooms(): string[] {
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const folders = files
    .split('\n')
    .filter((file) => /\.(ts|json|md)$/.test(file) && fs.existsSync(path.join(ROOT, file)))
    .map((file) => path.dirname(file));
  const room = /^(bench|bin|constructs|environments|handler|kubernetes-client|lib|rehearsal|test)(\/|$)/;
  return [...new Set(folders)].filter((folder) => room.test(folder) && !folder.startsWith('test/')).sort();
}

const readmeOf = (folder: string): string | undefined => {
  const file = path.join(ROOT, folder, 'README.md');
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined;
};

test.each(rooms().filter((folder) => readmeOf(folder) !== undefined))(
  'the README of %s says what it may not know',
  (folder) => {
    expect(readmeOf(folder)).toMatch(/\bmay\s+(not\s+)?know\b/);
  },
);

test('every folder has a README, or stands in the nearest one around it', () => {
  const nearest = (folder: string): string => readmeOf(folder) ?? (folder === '.' ? '' : nearest(path.dirname(folder)));
  const silent = rooms().filter(
    (folder) =>
      readmeOf(folder) === undefined && !nearest(path.dirname(folder)).includes(`\`${path.basename(folder)}\``),
  );
  expect(silent).toEqual([]);
});
