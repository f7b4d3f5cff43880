import { runCommand } from '../lib/command-line/run-command';
import { importCommand } from '../lib/weights-import/import-command';

void runCommand(importCommand({
  hubToken: process.env.HF_TOKEN,
  print: (text) => console.log(text),
  log: (line) => console.error(line),
}));
