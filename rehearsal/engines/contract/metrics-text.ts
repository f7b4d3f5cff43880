import { type MetricFamily } from './engine-contract';

/** One value of a scrape. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One scrape, in Prometheus's text format. */
export class Metrics {
  public readonly samples: readonly Sample[];
  private readonly types = new Map<string, string>();

  public constructor(text: string) {
    const lines = text.split('\n');
    for (const line of lines) {
      const type = /^# TYPE (\S+) (\w+)/.exec(line);
      if (type) this.types.set(type[1], type[2]);
    }
    this.samples = lines.flatMap((line) => {
      const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line);
      return sample ? [{ name: sample[1], labels: labelsOf(sample[2] ?? ''), value: Number(sample[3]) }] : [];
    });
  }

  /** Sum of the series of a name with these labels; 0 without any. */
  public sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    return this.samples
      .filter(
        (sample) =>
          sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
      )
      .reduce((total, { value }) => total + value, 0);
  }

  /** Values of a label whose series have grown since an earlier scrape. */
  public grown(since: Metrics, name: string, label: string, labels: Readonly<Record<string, string>> = {}): string[] {
    const values = new Set(this.samples.filter((sample) => sample.name === name).map((sample) => sample.labels[label]));
    return [...values]
      .filter((value) => this.sum(name, { ...labels, [label]: value }) > since.sum(name, { ...labels, [label]: value }))
      .sort();
  }

  /** Families of the engine itself, without those of its runtime and the times at which series were made. */
  public families(): MetricFamily[] {
    return [...this.types]
      .filter(([name]) => !/^(python|process)_|_created$/.test(name))
      .map(([name, type]) => ({ name, type, labels: this.labelsOfFamily(name, type), ...this.bucketsOf(name, type) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  private bucketsOf(name: string, type: string): Pick<MetricFamily, 'buckets'> {
    const bounds = this.samples
      .filter((sample) => type === 'histogram' && sample.name === `${name}_bucket`)
      .map(({ labels }) => Number(labels.le));
    const buckets = [...new Set(bounds)].filter((bound) => Number.isFinite(bound)).sort((a, b) => a - b);
    return buckets.length === 0 ? {} : { buckets };
  }

  private labelsOfFamily(name: string, type: string): string[] {
    const names =
      type === 'histogram'
        ? ['_bucket', '_sum', '_count'].map((suffix) => name + suffix)
        : type === 'summary'
          ? [name, `${name}_sum`, `${name}_count`]
          : [name];
    const labels = this.samples
      .filter((sample) => names.includes(sample.name))
      .flatMap((sample) => Object.keys(sample.labels));
    return [...new Set(labels)].filter((label) => label !== 'le' && label !== 'quantile').sort();
  }
}

function labelsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name, value]) => [
      name,
      value.replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c)),
    ]),
  );
}
