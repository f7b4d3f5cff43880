import * as api from '../../constructs';

const names = Object.keys(api);

// jsii leaves functions and constants out without a word, so they would be promised in TypeScript alone.
test('only classes and enums are exported', () => {
  expect(names.length).toBeGreaterThan(0);
  expect(names.filter((name) => !/^[A-Z][a-z]/.test(name))).toEqual([]);
});

// The other charts are put together by the constructs around them; that of routes goes into a release of the gateway, which is the user's own.
test('one chart is exported', () => {
  expect(names.filter((name) => name.endsWith('Chart'))).toEqual(['ModelRoutesChart']);
});

// Parts that only this repository puts together: each would be promised with all that it takes and returns.
test('parts of a platform are not exported', () => {
  expect(names.filter((name) => ['ClusterNodes', 'PlatformBase'].includes(name))).toEqual([]);
});
