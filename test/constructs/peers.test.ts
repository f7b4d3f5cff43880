import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

test('the peers of the package are what its programs import', () => {
  const { peerDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    peerDependencies: Record<string, string>;
  };
  const files = readdirSync(join(ROOT, 'constructs'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const imported = files
    .flatMap((name) => [
      ...readFileSync(join(ROOT, 'constructs', name), 'utf8').matchAll(
        /^(?:import|export) (?!type )[^;]*? from '((?:@[^/']+\/)?[^./'@][^/']*)[^']*';/gm,
      ),
    ])
    .map(([, name]) => name)
    .filter((name) => !name.startsWith('node:'));
  expect([...new Set(imported)].sort()).toEqual(Object.keys(peerDependencies).sort());
});
