import { benchCommand } from '../bench/bench-command';
import { benchEngines } from '../bench/bench-engines';
import { benchModels } from '../bench/bench-models';
import { benchPlacement } from '../bench/bench-placement';
import { benchRelease } from '../bench/bench-release';
import { benchRollback } from '../bench/bench-rollback';
import { benchSynth } from '../bench/bench-synth';
import { runCommand } from '../lib/commands/command-line/run-command';

void runCommand(
  benchCommand({
    benchmarks: {
      synth: benchSynth,
      models: benchModels,
      engines: benchEngines,
      placement: benchPlacement,
      release: benchRelease,
      rollback: benchRollback,
    },
    print: (text) => console.log(text),
    log: (line) => console.error(line),
  }),
);
