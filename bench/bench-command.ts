import { availableParallelism, cpus, loadavg } from 'node:os';
import { Command, Option } from 'commander';
import { type Figure } from './figure';

/** Measures one group of figures. */
export type Benchmark = (options: BenchOptions, log: (line: string) => void) => Promise<readonly Figure[]>;

/** Options of the command line. */
export interface BenchOptions {
  /** Name of the only group to measure. @default - all */
  readonly only?: string;
  /** Folder with the programs of the control plane. @default - PATH, cache, Go compiler */
  readonly binaries?: string;
  /** Path of kubectl. @default - cache, Go compiler */
  readonly kubectl?: string;
  /** Path of the JSON report of a rehearsal. */
  readonly report: string;
  /** Path of the JSON report of a rehearsal on real engines. @default - only simulated engines are measured */
  readonly enginesReport?: string;
}

/** What the command needs from outside. */
export interface BenchCommandProps {
  /** Groups of figures by name. */
  readonly benchmarks: Readonly<Record<string, Benchmark>>;
  /** Receives the document. */
  readonly print: (text: string) => void;
  /** Receives progress. */
  readonly log: (line: string) => void;
}

/**
 * `bench [--only <name>]`: measures, and prints one JSON document.
 *
 * @throws after printing, when a group could not be measured; a missed target is no error
 */
export function benchCommand({ benchmarks, print, log }: BenchCommandProps): Command {
  const names = Object.keys(benchmarks);
  return new Command('bench')
    .description(
      'Measures what the project promises, each figure beside its own baseline, and prints one JSON document.',
    )
    .addOption(new Option('--only <name>', 'measure one group of figures').choices(names))
    .option('--binaries <folder>', 'folder with the programs of the control plane')
    .option('--kubectl <file>', 'kubectl to compare with')
    .option('--report <file>', 'JSON report of a rehearsal', 'rehearsal-report.json')
    .option('--engines-report <file>', 'JSON report of a rehearsal on real engines, to compare with')
    .action(async (options: BenchOptions) => {
      const figures: Record<string, readonly Figure[]> = {};
      const failures: Record<string, string> = {};
      for (const name of names.filter((each) => options.only === undefined || each === options.only)) {
        try {
          figures[name] = await benchmarks[name](options, (line) => log(`${name}: ${line}`));
        } catch (error) {
          failures[name] = error instanceof Error ? error.message : String(error);
        }
      }
      const machine = {
        cores: availableParallelism(),
        processor: cpus()[0]?.model,
        node: process.version,
        platform: `${process.platform} ${process.arch}`,
        loadAverage: loadavg(),
      };
      print(JSON.stringify({ version: 1, machine, figures, failures }, undefined, 2));
      if (Object.keys(failures).length > 0)
        throw new Error(
          `not measured: ${Object.entries(failures)
            .map(([name, why]) => `${name}: ${why}`)
            .join('; ')}`,
        );
    });
}
