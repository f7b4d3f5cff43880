const base = require('./jest.config.js');

// Tests of the edge's firewall on a real engine, which is built with Go once: `npm run test:waf`.
/** @type {import('jest').Config} */
module.exports = { ...base, testMatch: ['**/*.waf.ts'], testTimeout: 120_000 };
