import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../rehearsal/platform/cache';
import { makeOnce } from '../rehearsal/platform/made-once';

const run = promisify(execFile);

/** What `bench/apps/eks-blueprints.ts` imports, and what starts it. EKS Blueprints names the one aws-cdk-lib that it works with. */
const MANIFEST = JSON.stringify({
  private: true,
  dependencies: {
    '@aws-quickstart/eks-blueprints': '1.19.0',
    'aws-cdk-lib': '2.261.0',
    constructs: '10.8.1',
    tsx: '4.23.15',
  },
});

/** The folder of the user's cache with the packages of an EKS Blueprints app; half a gigabyte, installed once. */
export async function locateEksBlueprints(log: (line: string) => void): Promise<string> {
  return makeOnce({
    cacheDirectory: cacheDirectory(),
    name: 'eks-blueprints',
    what: 'the packages of EKS Blueprints',
    content: [MANIFEST],
    log,
    make: async (folder) => {
      log('installing EKS Blueprints, once');
      writeFileSync(join(folder, 'package.json'), MANIFEST);
      await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
    },
  });
}
