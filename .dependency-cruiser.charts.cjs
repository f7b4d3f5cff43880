// What charts load when they run, through whatever they import. Types are gone by then.
const { options } = require('./.dependency-cruiser.cjs');

const rule = (name, comment, to) => ({
  name,
  comment,
  severity: 'error',
  from: { path: '-chart\\.ts$' },
  to: { ...to, reachable: true },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    rule('chart-knows-aws', 'a chart is cloud-neutral', { path: 'node_modules/aws-cdk-lib' }),
    rule('chart-reads-files', 'a chart reads no files', { path: '^(node:)?fs$' }),
  ],
  options: { ...options, tsPreCompilationDeps: false },
};
