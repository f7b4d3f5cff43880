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

/** What synth and the handler agree on. */
const CONTRACT = 'constructs/kubernetes/contract';

/** The areas of the library: each may import those before it. */
const AREAS = [
  ...['checks', 'policy', 'gpu', 'models', 'placement', 'network', 'delivery', 'cluster', 'kubernetes', 'controllers'],
  ...[
    'rollout',
    'model-providers',
    'autoscaling',
    'routing',
    'weights',
    'nodes',
    'platform',
    'secrets',
    'observability',
    'serving',
    'gateway',
    'edge',
  ],
];
const areas = (names) => `^constructs/(${names.join('|')})/`;

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    rule('circle', 'no file imports itself by a detour', {}, { circular: true }),
    only('constructs'),
    ...AREAS.slice(0, -1).map((area, index) =>
      rule(
        `${area}-imports`,
        `of the areas, ${area} may import those before it in AREAS`,
        { path: areas([area]) },
        { path: areas(AREAS.slice(index + 1)) },
      ),
    ),
    rule(
      'unknown-area',
      'every area has its place in AREAS',
      { path: '^constructs/[^/]+/', pathNot: areas(AREAS) },
      { path: '' },
    ),
    rule(
      'contract-imports',
      'the contract is data and names: a program of any kind can read it',
      { path: `^${CONTRACT}/` },
      { pathNot: [`^${CONTRACT}/`, '^(node:)?crypto$'] },
    ),
    only('handler', CONTRACT, 'kubernetes-client'),
    only('kubernetes-client', CONTRACT),
    only('environments', 'lib/environment'),
    only('lib', 'constructs', 'kubernetes-client'),
    only('rehearsal', 'constructs', 'kubernetes-client', 'lib', 'environments'),
    only('bench', 'constructs', 'handler', 'kubernetes-client', 'lib', 'rehearsal', 'environments', 'bin'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    exclude: { path: 'handler-bundle' },
  },
};
