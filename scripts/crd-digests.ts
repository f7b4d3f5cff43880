// Records the SHA-256 of every file of CRDs from the pinned Go modules. Needs Go; run it after a change of
// rehearsal/go/definitions/go.mod or rehearsal/platform/crd-sources.ts.
// usage: node scripts/start.mjs scripts/crd-digests.ts
import { spawnSync } from 'node:child_process';
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { crdPaths } from '../rehearsal/platform/crd-download';
import { MODULE_SOURCES } from '../rehearsal/platform/crd-sources';

const folder = path.join(__dirname, '../rehearsal/go/definitions');
const lines = Object.values(MODULE_SOURCES)
  .flat()
  .flatMap((source) => {
    const go = spawnSync('go', ['mod', 'download', '-json', source.module], { cwd: folder, encoding: 'utf8' });
    if (go.status !== 0) throw new Error(`go mod download ${source.module}: ${go.stderr || String(go.error)}`);
    const module = (JSON.parse(go.stdout) as { Dir: string }).Dir;
    return crdPaths(source).map((name, index) => {
      const content = fs.readFileSync(path.join(module, source.folder, source.files[index]));
      return `${crypto.createHash('sha256').update(content).digest('hex')}  ${name}`;
    });
  });
fs.writeFileSync(
  path.join(folder, 'SHA256SUMS'),
  `${lines.sort((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1)).join('\n')}\n`,
);
console.log(`recorded ${lines.length} files`);
