import { stringify } from 'yaml';
import { KubernetesRelease } from '../../constructs/kubernetes';
import { production, rehearsal } from '../../environments';
import { PlatformStage } from '../../lib/stage';
import { testApp } from '../support/app';

// Staging renders the same objects as production with other numbers.
const releases = [production, rehearsal()].flatMap((environment) => {
  const stage = new PlatformStage(testApp(), environment.name, { environment });
  return KubernetesRelease.allIn(stage).map(
    (release) => [`${environment.name} ${release.releaseName}`, release] as const,
  );
});

test.each(releases)('objects of %s', (_, release) => {
  const text = (release.objects as object[]).map((object) => stringify(object, { lineWidth: 0 })).join('---\n');
  // Hashes in snapshots are scrubbed; the pin of an image is what a reviewer wants to see.
  expect(text.replace(/sha256:([0-9a-f]{12})[0-9a-f]{52}/g, 'sha256:$1…')).toMatchSnapshot();
});
