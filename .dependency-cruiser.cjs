// Who may import whom, also where it is for types alone. Run by `npm run lint`; what charts load is in .dependency-cruiser.charts.cjs.

/** @param {string} name @param {string} comment @param {object} from @param {object} to */
const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });
const only = (room, ...rooms) =>
  rule(
    `${room}-imports`,
    `${room} may import ${rooms.join(', ') || 'no other room'}`,
    { path: `^${room}/` },
    {
      path: '^(bench|bin|constructs|environments|handler|kubernetes-client|lib|rehearsal|scripts|test)/',
      pathNot: [room, ...rooms].map((each) => `^${each}${/\.ts$/.test(each) ? '' : '/'}`),
    },
  );

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    rule('circle', 'no file imports itself by a detour', {}, { circular: true }),
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
