// Who may import whom. Run by `npm run lint`.

/** @param {string} name @param {string} comment @param {object} from @param {object} to */
const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });
const only = (room, ...rooms) => rule(`${room}-imports`, `${room} may import ${rooms.join(', ') || 'no other room'}`,
  { path: `^${room}/` }, { path: '^(bench|bin|constructs|environments|handler|kubernetes-client|lib|rehearsal|scripts|test)/', pathNot: [room, ...rooms].map((each) => `^${each}${/\.ts$/.test(each) ? '' : '/'}`) });

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    rule('circle', 'no file imports itself by a detour', {}, { circular: true }),
    rule('chart-knows-aws', 'a chart is cloud-neutral, through whatever it imports', { path: '-chart\\.ts$' }, { path: 'node_modules/aws-cdk-lib', reachable: true }),
    rule('chart-reads-files', 'a chart reads no files, through whatever it imports', { path: '-chart\\.ts$' }, { path: '^(node:)?fs$', reachable: true }),
    only('constructs'),
    only('handler', 'constructs/kubernetes', 'kubernetes-client'),
    only('kubernetes-client', 'constructs/kubernetes'),
    only('environments', 'lib/environment'),
    only('lib', 'constructs', 'handler', 'kubernetes-client'),
    only('rehearsal', 'constructs', 'handler', 'kubernetes-client', 'lib', 'environments'),
    only('bench', 'constructs', 'handler', 'kubernetes-client', 'lib', 'rehearsal', 'environments', 'bin'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    exclude: { path: 'handler-bundle' },
  },
};
