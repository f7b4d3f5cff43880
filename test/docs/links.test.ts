import * as fs from 'node:fs';
import * as path from 'node:path';
import { documents, ROOT } from './fences';

/** Links of a document to files of this repository, without anchors. */
function linksOf(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => link.split('#')[0])
    .filter((link) => link !== '' && !/^[a-z]+:/.test(link));
}

const isMissing = (document: string, link: string) => !fs.existsSync(path.resolve(ROOT, path.dirname(document), link));

test.each(documents())('every link of %s leads to a file', (document) => {
  const links = linksOf(fs.readFileSync(path.join(ROOT, document), 'utf8'));
  expect(links.filter((link) => isMissing(document, link))).toEqual([]);
});

test('links are found in prose and not in code, and a missing file is noticed', () => {
  const text =
    '[one](README.md#part) [web](https://example.com)\n```sh\necho [two](three.md)\n```\n[four](docs/none.md)\n';
  expect(linksOf(text)).toEqual(['README.md', 'docs/none.md']);
  expect(linksOf(text).filter((link) => isMissing('README.md', link))).toEqual(['docs/none.md']);
});
