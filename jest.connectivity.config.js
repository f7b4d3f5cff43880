const base = require('./jest.config.js');

// Tests that need an analyzer of network policies, which is built once: `npm run test:connectivity`.
/** @type {import('jest').Config} */
module.exports = {
  ...base,
  testMatch: ['**/*.connectivity.ts'],
  // The analyzer may have to be built.
  testTimeout: 900_000,
  maxWorkers: 1,
};
