const base = require('./jest.config.js');

// Tests that need a real control plane: `npm run test:cluster`. The Kubernetes client is an ES module, so it is transformed as well.
/** @type {import('jest').Config} */
module.exports = {
  ...base,
  testMatch: ['**/*.cluster.ts'],
  testTimeout: 120_000,
  maxWorkers: 1,
  globalSetup: '<rootDir>/test/cluster/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/cluster/support/global-teardown.ts',
  transform: { '^.+\\.(ts|js|mjs)$': Object.values(base.transform)[0] },
  transformIgnorePatterns: [
    'node_modules/(?!(@kubernetes/client-node|openid-client|oauth4webapi|jose|jsonpath-plus|rfc4648|hpagent)/)',
  ],
};
