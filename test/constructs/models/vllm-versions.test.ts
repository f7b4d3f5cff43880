import { Lazy } from 'aws-cdk-lib';
import { EngineDrain } from '../../../constructs/serving/inference-engine';
import { VLLM_CHANGES, vllmDoes } from '../../../constructs/models/vllm-versions';
import { subject, vllm } from '../serving/engines/engine-subjects';

const bound = (version: string) => vllm({ version }).bind(subject());

test.each<[string, EngineDrain]>([
  ['0.18.1', EngineDrain.PRE_STOP],
  ['0.19.1', EngineDrain.PRE_STOP],
  ['0.26.0', EngineDrain.PRE_STOP],
  ['0.27.0', EngineDrain.SIGTERM],
  ['0.32.0', EngineDrain.SIGTERM],
  ['0.33.1.dev5+gabc', EngineDrain.SIGTERM],
  ['1.0', EngineDrain.SIGTERM],
])('SIGTERM is held back from a web server that may drop requests: %s', (version, drain) => {
  expect(bound(version).drain).toBe(drain);
});

test.each<[string, true | undefined]>([
  ['0.18.1', true],
  ['0.25.1', true],
  ['0.26.0', undefined],
  ['0.32.0', undefined],
])('counts of 5xx are trusted where mistakes are none of them: %s', (version, mistakes) => {
  expect(bound(version).metrics.httpMistakesAreServerErrors).toBe(mistakes);
});

test('a version that only a deployment knows counts as the oldest', () => {
  const version = Lazy.string({ produce: () => '0.32.0' });
  expect(bound(version)).toMatchObject({ drain: EngineDrain.PRE_STOP, metrics: { httpMistakesAreServerErrors: true } });
  expect([vllmDoes('shutdownTimeout', undefined), vllmDoes('handlesSigterm', undefined)]).toEqual([true, false]);
});

test.each<[string, RegExp[]]>([
  ['0.18.1', [/^vLLM 0\.18\.1 leaves SIGTERM .*; 0\.27 and newer/, /^vLLM 0\.18\.1 counts .* 5xx.*; 0\.26 and newer/]],
  ['0.26.0', [/^vLLM 0\.26\.0 leaves SIGTERM/]],
  ['0.32.0', []],
  [
    Lazy.string({ produce: () => '0.32.0' }),
    [
      /^a vLLM whose version only the deployment knows leaves/,
      /^a vLLM whose version only the deployment knows counts/,
    ],
  ],
])('what a version costs is told: %s', (version, notices) => {
  expect(bound(version).notices).toEqual(notices.map((notice): unknown => expect.stringMatching(notice)));
});

test('every row says where it was seen', () => {
  for (const { from, source } of Object.values(VLLM_CHANGES)) {
    expect(from).toMatch(/^0\.\d+$/);
    expect(source).toMatch(/measured|read: /);
  }
});
