import * as fs from 'node:fs';
import * as path from 'node:path';
import { ROOT } from './fences';

/** British spellings and the American ones, in words and inside identifiers. `judgement` is a name of the API, and an American spelling too. */
const SPELLINGS: readonly (readonly [british: RegExp, american: string])[] = [
  [/\w*(?:behavi|col|fav|hon|lab|neighb)our\w*/gi, '-or'],
  [/\w*(?:catalog|dialog|analog)ue\w*/gi, '-og'],
  [/\w*(?:cent|fib|theat|calib|kilomet|millimet)re(?:s|d)?\b/gi, '-er'],
  [/\w*(?:licence|defence|offence|pretence)\w*/gi, '-ense'],
  [
    /\w*(?:cancell(?:ed|ing)|labell(?:ed|ing)|modell(?:ed|ing)|travell|signall|levell|channell(?:ed|ing)|tunnell)\w*/gi,
    'one l',
  ],
  [
    /\w*(?:authori|customi|emphasi|finali|generali|initiali|locali|materiali|maximi|memori|minimi|normali|optimi|organi|paralleli|prioriti|quanti|randomi|reali|recogni|seriali|speciali|stabili|standardi|summari|synchroni|tokeni|utili|visuali)s(?:e|ed|er|es|ing|ation|ations)\b/gi,
    '-ize',
  ],
  [/\w*(?:analys|paralys|catalys)(?:e|ed|er|ing)\b/gi, '-yze'],
  [/\b(?:programme|programmes)\b/gi, 'program'],
  [/\w*acknowledgement\w*/gi, 'acknowledgment'],
  [
    /\b(?:artefacts?|grey|fulfil|fulfils|learnt|misspelt|spelt|storeys?|towards|whilst|amongst|for ever)\b/gi,
    'artifact, gray, fulfill, learned, spelled, toward, while, among, forever',
  ],
];

/** Words of others: an attribute of HTML, and what CloudFormation says. */
const OTHERS = /aria-labelledby|Resource (?:creation|update) cancelled/g;

const FOLDERS = [
  '.ci',
  '.github',
  'bench',
  'bin',
  'constructs',
  'docs',
  'environments',
  'handler',
  'kubernetes-client',
  'lib',
  'rehearsal',
  'scripts',
  'test',
];

/** Generated, installed, or written by others. */
const SKIPPED = [
  'handler-bundle',
  'node_modules',
  'requirements',
  'flags',
  'configs',
  '__snapshots__',
  'go',
  '__pycache__',
];

/** This file names them. */
const SELF = path.relative(ROOT, __filename);

function filesIn(folder: string): string[] {
  return fs.readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.includes(entry.name) ? [] : filesIn(name);
    return /\.(?:ts|mjs|cjs|js|py|sh|md|ya?ml|css)$/.test(entry.name) || folder === '.ci' ? [name] : [];
  });
}

function britishIn(text: string): string[] {
  const own = text.replace(OTHERS, '');
  return SPELLINGS.flatMap(([british, american]) =>
    [...own.matchAll(british)].map(([word]) => `${word}: expected American spelling (${american})`),
  );
}

test('what is written here has American spelling', () => {
  const files = [
    ...fs.readdirSync(ROOT).filter((name) => name.endsWith('.md')),
    ...FOLDERS.filter((folder) => fs.existsSync(path.join(ROOT, folder))).flatMap(filesIn),
  ];
  expect(files.length).toBeGreaterThan(500);
  expect(
    files
      .filter((file) => file !== SELF)
      .flatMap((file) => britishIn(fs.readFileSync(path.join(ROOT, file), 'utf8')).map((word) => `${file}: ${word}`)),
  ).toEqual([]);
});

test.each([
  'behaviour',
  'revisionColours',
  'allowedLicences',
  'the catalogue',
  'a cancelled request',
  'is labelled',
  'initialised',
  'tokenisation',
  'analysing',
  'a programme',
  'towards it',
  'acknowledgements',
])('%s is noticed', (text) => {
  expect(britishIn(text)).toHaveLength(1);
});

test.each([
  'analyses',
  'programmed',
  'parallelism',
  'aria-labelledby',
  'four hours',
  'promised',
  'precise',
  'raise',
  'metered',
  'Resource update cancelled',
])('%s is not', (text) => {
  expect(britishIn(text)).toEqual([]);
});
