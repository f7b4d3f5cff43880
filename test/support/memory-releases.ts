import { nameByContent } from '../../constructs/kubernetes/contract/content-names';
import { UnusableRelease, type ReleaseRecord, type ReleaseSource } from '../../handler/release-store';
import { type ReleaseName } from '../../constructs/kubernetes/contract/release-bucket';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';

/** Releases and their records, in memory; a release is known by its key. */
export class MemoryReleases implements ReleaseSource {
  public readonly kept = new Map<string, ReleaseRecord>();
  private readonly documents = new Map<string, readonly KubernetesObject[]>();

  /** @returns the key under which a request finds the objects */
  public publish(objects: readonly KubernetesObject[]): string {
    const key = JSON.stringify(objects);
    this.documents.set(key, structuredClone(objects));
    return key;
  }

  public load({ bucket, key }: { readonly bucket: string; readonly key: string }): Promise<KubernetesObject[]> {
    const objects = this.documents.get(key);
    return objects
      ? Promise.resolve(nameByContent(structuredClone(objects)))
      : Promise.reject(new UnusableRelease(`release asset s3://${bucket}/${key} does not exist`));
  }

  public record({ namespace, name }: ReleaseName): Promise<ReleaseRecord | undefined> {
    return Promise.resolve(this.kept.get(`${namespace}/${name}`));
  }

  public keep(record: ReleaseRecord): Promise<void> {
    this.kept.set(`${record.namespace}/${record.name}`, record);
    return Promise.resolve();
  }

  public records(): Promise<ReleaseRecord[]> {
    return Promise.resolve([...this.kept.values()]);
  }
}
