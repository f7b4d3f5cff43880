import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ManagedProcess } from './managed-process';
import type { StartProcess } from './run';

/** How to start the metrics database. */
export interface PrometheusOptions {
  readonly binary: string;
  readonly port: number;
  readonly runDirectory: string;
  readonly start: StartProcess;
}

/** One series of an answer: its labels, and `[seconds, value]` pairs (one for an instant query). */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, number])[];
}

interface QueryAnswer {
  readonly status: string;
  readonly error?: string;
  readonly data?:
    | { readonly resultType: 'scalar'; readonly result: Sample }
    | {
        readonly resultType: 'vector';
        readonly result: { readonly metric: Record<string, string>; readonly value: Sample }[];
      }
    | {
        readonly resultType: 'matrix';
        readonly result: { readonly metric: Record<string, string>; readonly values: Sample[] }[];
      };
}

/** Seconds, and the value as text, because JSON knows neither NaN nor infinity. */
type Sample = readonly [number, string];

/** A real Prometheus on loopback, which scrapes the targets that a file names. */
export class Prometheus {
  readonly url: string;
  private readonly directory: string;
  private managed?: ManagedProcess;

  constructor(private readonly options: PrometheusOptions) {
    this.url = `http://127.0.0.1:${options.port}`;
    this.directory = join(options.runDirectory, 'prometheus');
    mkdirSync(this.directory, { recursive: true });
  }

  /**
   * Starts it, again with the data it had before, and waits until it is ready.
   *
   * @param targetsFile targets as `file_sd_configs` wants them; not given: the one of the start before
   */
  async start(targetsFile?: string): Promise<void> {
    if (this.managed?.isRunning) return;
    const configuration = join(this.directory, 'prometheus.yml');
    if (targetsFile !== undefined)
      writeFileSync(
        configuration,
        JSON.stringify({
          global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
          scrape_configs: [{ job_name: 'models', file_sd_configs: [{ files: [targetsFile] }] }],
        }),
      );
    this.managed = await this.options.start({
      name: 'prometheus',
      command: this.options.binary,
      args: [
        `--config.file=${configuration}`,
        `--storage.tsdb.path=${join(this.directory, 'data')}`,
        `--web.listen-address=127.0.0.1:${this.options.port}`,
        // A model takes minutes to load, and is found meanwhile; here it is ready within a second, and would be asked unseen for up to five.
        '--scrape.discovery-reload-interval=500ms',
        '--log.level=warn',
      ],
      ready: async () => (await fetch(`${this.url}/-/ready`)).ok,
    });
  }

  /** Kills it, as a crash would. */
  async stop(): Promise<void> {
    await this.managed?.kill();
  }

  /** Value of an expression now. */
  query(expression: string): Promise<Series[]> {
    return this.ask('query', { query: expression });
  }

  /** Values of an expression over time; times and step in seconds. */
  queryRange(expression: string, start: number, end: number, step: number): Promise<Series[]> {
    return this.ask('query_range', { query: expression, start: String(start), end: String(end), step: String(step) });
  }

  private async ask(path: string, parameters: Record<string, string>): Promise<Series[]> {
    const response = await fetch(`${this.url}/api/v1/${path}`, {
      method: 'POST',
      body: new URLSearchParams(parameters),
    });
    const answer = (await response.json()) as QueryAnswer;
    if (answer.status !== 'success' || !answer.data)
      throw new Error(
        `prometheus: expected a value of ${parameters.query}, got ${answer.error ?? response.status}; correct the expression`,
      );
    switch (answer.data.resultType) {
      case 'scalar':
        return [{ metric: {}, values: [point(answer.data.result)] }];
      case 'vector':
        return answer.data.result.map(({ metric, value }) => ({ metric, values: [point(value)] }));
      case 'matrix':
        return answer.data.result.map(({ metric, values }) => ({ metric, values: values.map(point) }));
    }
  }
}

function point([time, text]: Sample): readonly [number, number] {
  return [time, text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text)];
}
