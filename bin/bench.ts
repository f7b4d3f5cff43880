import { benchCommand } from '../lib/bench/bench-command';
import { benchEngines } from '../lib/bench/bench-engines';
import { benchModels } from '../lib/bench/bench-models';
import { benchPlacement } from '../lib/bench/bench-placement';
import { benchRelease } from '../lib/bench/bench-release';
import { benchRollback } from '../lib/bench/bench-rollback';
import { benchSynth } from '../lib/bench/bench-synth';
import { runCommand } from '../lib/command-line/run-command';

void runCommand(benchCommand({
  benchmarks: { synth: benchSynth, models: benchModels, engines: benchEngines, placement: benchPlacement, release: benchRelease, rollback: benchRollback },
  print: (text) => console.log(text),
  log: (line) => console.error(line),
}));
