import { runCommand } from '../lib/command-line/run-command';
import { engineContractCommand } from '../lib/engines/contract/engine-contract-command';

void runCommand(engineContractCommand({
  print: (text) => console.log(text),
  log: (line) => console.error(line),
}));
