import * as fs from 'node:fs';
import * as path from 'node:path';
import { VERIFY_PROGRAM } from './weights-pod';

/** Text of the program that verifies weights; it lies beside this file. Charts get it with the model: they read no files. */
export const VERIFY_PROGRAM_TEXT = fs.readFileSync(path.join(__dirname, VERIFY_PROGRAM), 'utf8');
