import { Run } from '../../../rehearsal/platform/run';

/** Starts something in a run, says so, and waits to be killed. The argument is the folder of the cache. */
const run = new Run(process.argv[2], () => undefined);
void run.start({ name: 'left', command: 'sleep', args: ['600'] }).then(() => process.stdout.write('up'));
