import { appendFileSync } from 'node:fs';

// Loaded into every Node process that a measured command starts, so that their CPU times can be added up.
process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  appendFileSync(process.env.BENCH_CPU_FILE, `${user + system}\n`);
});
