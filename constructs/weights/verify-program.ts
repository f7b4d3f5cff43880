import * as fs from 'node:fs';
import * as path from 'node:path';

/** Name of the program that verifies weights, and of its file. */
export const VERIFY_PROGRAM = 'verify-weights.py';

/** Text of the program that verifies weights; it lies beside this file. */
export const VERIFY_PROGRAM_TEXT = fs.readFileSync(path.join(__dirname, VERIFY_PROGRAM), 'utf8');
