import { runCommand } from '../lib/commands/command-line/run-command';
import { engineContractCommand } from '../rehearsal/engines/contract/engine-contract-command';

void runCommand(
  engineContractCommand({
    print: (text) => console.log(text),
    log: (line) => console.error(line),
  }),
);
