import { fit } from '../../../lib/releases/fit';

test('breaks long lines between words, and indents what follows', () => {
  const word = 'x'.repeat(39);
  expect(fit(`short\n  ${word} ${word} ${word} ${word}`)).toBe(`short\n  ${word} ${word}\n    ${word} ${word}`);
});

test('a word that fits nowhere stays whole', () => {
  const word = 'x'.repeat(120);
  expect(fit(`  ${word}`)).toBe(`  ${word}`);
  expect(fit(`see ${word} there`)).toBe(`see\n  ${word}\n    there`);
});
