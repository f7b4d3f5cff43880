import { fit, widthOf } from '../../../../lib/commands/releases/fit';

test('breaks long lines between words, and indents all that follows once', () => {
  const word = 'x'.repeat(39);
  expect(fit(`short\n  ${word} ${word} ${word} ${word} ${word}`, 100)).toBe(
    `short\n  ${word} ${word}\n    ${word} ${word}\n    ${word}`,
  );
});

test('keeps columns as they are', () => {
  expect(fit('  12:06:00 UTC  UPDATE_FAILED   Release: no GPU is free, and none will be for the time being', 60)).toBe(
    '  12:06:00 UTC  UPDATE_FAILED   Release: no GPU is free, and\n    none will be for the time being',
  );
});

test('a word that fits nowhere stays whole', () => {
  const word = 'x'.repeat(120);
  expect(fit(`  ${word}`, 100)).toBe(`  ${word}`);
  expect(fit(`see ${word} there`, 100)).toBe(`see\n  ${word}\n  there`);
});

test('commands to copy are never broken', () => {
  const command =
    'npm run releases -- production recover production-Serving-qwen3-coder-30b-instruct --skip ModelRelease25959DE1';
  expect(fit(`next  ${command}\n      ${command}`, 60)).toBe(`next  ${command}\n      ${command}`);
  expect(fit(`for a model (\`${command}\`), and then again`, 60)).toBe(
    `for a model\n  (\`${command}\`),\n  and then again`,
  );
  expect(fit('a quote ` that is not closed '.repeat(3).trim(), 60).split('\n')).toHaveLength(2);
});

test('goes by the columns of a terminal, between 60 and 100', () => {
  expect(
    [
      { isTTY: true, columns: 80 },
      { isTTY: true, columns: 40 },
      { isTTY: true, columns: 200 },
      { columns: 80 },
      { isTTY: true },
    ].map(widthOf),
  ).toEqual([80, 60, 100, 100, 100]);
});
