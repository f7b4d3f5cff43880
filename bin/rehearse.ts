#!/usr/bin/env node
import { rehearse } from '../rehearsal/rehearse';

void rehearse(process.argv).then((exitCode) => {
  process.exitCode = exitCode;
});
