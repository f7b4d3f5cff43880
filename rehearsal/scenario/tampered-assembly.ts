import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type KubernetesObject, type ReleaseDocument } from '../../constructs/kubernetes/contract/release-document';

/** A synthesized template, as far as releases are concerned. */
interface Template {
  Resources?: Record<string, { Type: string; Properties: Record<string, unknown> }>;
}

/** The artifact of a stack in the assembly of its stage. */
export function artifactOf(directory: string, stack: string): string {
  const { artifacts } = readJson<{ artifacts: Record<string, { type: string; displayName?: string }> }>(
    path.join(directory, 'manifest.json'),
  );
  const found = Object.entries(artifacts).find(
    ([, { type, displayName }]) => type === 'aws:cloudformation:stack' && displayName === `rehearsal/${stack}`,
  );
  if (found) return found[0];
  const names = Object.values(artifacts).map(({ displayName }) => displayName);
  throw new Error(`${stack}: no such stack among ${names.join(', ')}`);
}

interface AssetManifest {
  files: Record<string, { source: { path: string }; destinations: Record<string, { objectKey: string }> }>;
}

/** What a fault changes in a release that was synthesized. */
export interface Tampering {
  /** Changes the rendered objects. */
  readonly objects?: (objects: KubernetesObject[]) => KubernetesObject[];
  /** Changes properties of the custom resource. */
  readonly properties?: Readonly<Record<string, unknown>>;
}

/**
 * Changes the release of one stack in a synthesized cloud assembly.
 *
 * The constructs refuse what the faults need, so the faults are put in behind their back.
 *
 * @param directory the assembly of the stage
 * @param artifact artifact id of the stack
 */
export function tamper(directory: string, artifact: string, tampering: Tampering): void {
  const { template, properties } = templateIn(directory, artifact);
  if (tampering.objects)
    Object.assign(properties, replaceAsset(directory, artifact, String(properties.Key), tampering.objects));
  Object.assign(properties, tampering.properties);
  // The template is an asset of its own stack: its content changed, so its hash and its key do.
  const text = JSON.stringify(template, undefined, 1);
  fs.writeFileSync(templateFileOf(directory, artifact), text);
  rekeyTemplate(directory, artifact, text);
}

function replaceAsset(
  directory: string,
  artifact: string,
  key: string,
  change: (objects: KubernetesObject[]) => KubernetesObject[],
): { Key: string; Sha256: string } {
  const hash = key.replace(/\.json$/, '');
  const document = readRelease(directory, artifact, key);
  const text = `${JSON.stringify({ ...document, objects: change(document.objects as unknown as KubernetesObject[]) })}\n`;
  const newHash = createHash('sha256').update(text).digest('hex');
  changeManifest(directory, artifact, (files) => {
    // Path and key of the asset are made from its hash.
    files[newHash] = JSON.parse(
      JSON.stringify(files[hash]).replaceAll(hash, newHash),
    ) as AssetManifest['files'][string];
    delete files[hash];
    fs.writeFileSync(path.join(directory, files[newHash].source.path), text);
  });
  return { Key: `${newHash}.json`, Sha256: newHash };
}

/** The release of a stack in a cloud assembly: properties of the custom resource, and its asset. */
export function releaseIn(
  directory: string,
  artifact: string,
): { properties: Record<string, unknown>; document: ReleaseDocument } {
  const { properties } = templateIn(directory, artifact);
  return { properties, document: readRelease(directory, artifact, String(properties.Key)) };
}

function templateIn(directory: string, artifact: string): { template: Template; properties: Record<string, unknown> } {
  const template = readJson<Template>(templateFileOf(directory, artifact));
  const releases = Object.values(template.Resources ?? {}).filter(({ Type }) => Type === 'Custom::KubernetesRelease');
  if (releases.length !== 1)
    throw new Error(`${artifact}: expected one release to tamper with, got ${releases.length}`);
  return { template, properties: releases[0].Properties };
}

function templateFileOf(directory: string, artifact: string): string {
  return path.join(directory, `${artifact}.template.json`);
}

function readRelease(directory: string, artifact: string, key: string): ReleaseDocument {
  const { files } = readJson<AssetManifest>(path.join(directory, `${artifact}.assets.json`));
  const file = files[key.replace(/\.json$/, '')];
  if (!file) throw new Error(`${artifact}: the asset ${key} is not in its manifest`);
  return readJson<ReleaseDocument>(path.join(directory, file.source.path));
}

function rekeyTemplate(directory: string, artifact: string, text: string): void {
  const newHash = createHash('sha256').update(text).digest('hex');
  let oldKey = '';
  let newKey = '';
  changeManifest(directory, artifact, (files) => {
    const entry = Object.entries(files).find(([, { source }]) => source.path === `${artifact}.template.json`);
    if (!entry) throw new Error(`${artifact}: its template is not in its manifest`);
    delete files[entry[0]];
    for (const destination of Object.values(entry[1].destinations)) {
      oldKey = destination.objectKey;
      newKey = oldKey.replace(/[a-f0-9]{64}/, newHash);
      destination.objectKey = newKey;
    }
    files[newHash] = entry[1];
  });
  const manifest = path.join(directory, 'manifest.json');
  fs.writeFileSync(manifest, fs.readFileSync(manifest, 'utf8').replaceAll(oldKey, newKey));
}

function changeManifest(directory: string, artifact: string, change: (files: AssetManifest['files']) => void): void {
  const file = path.join(directory, `${artifact}.assets.json`);
  const manifest = readJson<AssetManifest>(file);
  change(manifest.files);
  fs.writeFileSync(file, JSON.stringify(manifest, undefined, 1));
}

function readJson<T>(file: string): T {
  return JSON.parse(fs.readFileSync(file, 'utf8')) as T;
}
