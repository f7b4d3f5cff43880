import { ReleaseTier } from '../../../../constructs/kubernetes/contract/release-tier';
import { type StackEvent } from '../../../../lib/commands/releases/stacks';
import { CHAT, FakeHandlers, FakeStacks, PLATFORM, run } from './fixture';

const RELEASE = 'ModelRelease25959DE1';
const FAILED = {
  logicalId: RELEASE,
  type: 'Custom::KubernetesRelease',
  status: 'UPDATE_FAILED',
  reason: 'namespace models does not exist',
  at: new Date('2026-03-01T11:58:30Z'),
};
const STUCK = { 'staging-Serving-chat': 'UPDATE_ROLLBACK_FAILED' };

function event(logicalId: string, status: string, reason?: string): Omit<StackEvent, 'at' | 'type'> {
  return { logicalId, status, ofStack: logicalId.startsWith('staging'), ...(reason ? { reason } : {}) };
}

/** A stack whose rollback goes well when it is continued. */
function stuckStack(): FakeStacks {
  const stacks = new FakeStacks(STUCK, [
    FAILED,
    { logicalId: 'Other', type: 'AWS::IAM::Role', status: 'UPDATE_COMPLETE' },
  ]);
  stacks.rollback = [
    event('staging-Serving-chat', 'UPDATE_ROLLBACK_IN_PROGRESS', 'User Initiated'),
    event(RELEASE, 'UPDATE_IN_PROGRESS'),
    event(RELEASE, 'UPDATE_COMPLETE'),
    event('staging-Serving-chat', 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS'),
    event('staging-Serving-chat', 'UPDATE_ROLLBACK_COMPLETE'),
  ];
  return stacks;
}

afterEach(() => {
  process.exitCode = undefined;
});

test('continues the rollback, and follows it to its end', async () => {
  const handlers = new FakeHandlers();
  handlers.drift['models/chat'] = [
    { object: 'Rollout models/chat', state: 'missing' },
    { object: 'Service models/chat', state: 'changed', fields: [] },
  ];
  const stacks = stuckStack();
  expect(await run(handlers, stacks, 'staging', 'recover', 'staging-Serving-chat')).toMatchInlineSnapshot(`
"staging-Serving-chat in us-east-1: UPDATE_ROLLBACK_FAILED
  ModelRelease25959DE1 (Custom::KubernetesRelease): failed at 2026-03-01 11:58 UTC with: namespace
    models does not exist
release models/chat: 1 missing, 1 changed against what was last released well
continues the rollback; Ctrl-C ends this command, not the rollback
  12:06:00 UTC  UPDATE_ROLLBACK_IN_PROGRESS  staging-Serving-chat: User Initiated
  12:06:01 UTC  UPDATE_IN_PROGRESS           ModelRelease25959DE1
  12:06:02 UTC  UPDATE_COMPLETE              ModelRelease25959DE1
  12:06:03 UTC  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS  staging-Serving-chat
  12:06:04 UTC  UPDATE_ROLLBACK_COMPLETE     staging-Serving-chat
staging-Serving-chat: UPDATE_ROLLBACK_COMPLETE
the stack is on the revision before, and can be deployed to again"
`);
  expect(stacks.continued).toEqual([{ name: 'staging-Serving-chat', skip: [] }]);
  expect(process.exitCode).toBeUndefined();
});

test('takes the name that cdk has for the stack', async () => {
  const stacks = stuckStack();
  await run(new FakeHandlers(), stacks, 'staging', 'recover', 'staging/Serving-chat');
  expect(stacks.continued).toHaveLength(1);
});

test('a namespace that is missing is put back first, and nothing is continued', async () => {
  const handlers = new FakeHandlers();
  handlers.drift = {
    'models/chat': 'namespace models does not exist',
    'kube-system/platform': [
      { object: 'Namespace models', state: 'missing' },
      { object: 'RoleBinding models/model-releases', state: 'missing' },
      { object: 'ConfigMap kube-system/other', state: 'missing' },
      { object: 'ClusterRole viewer', state: 'changed', fields: [] },
    ],
  };
  const stacks = stuckStack();
  expect(await run(handlers, stacks, 'staging', 'recover', 'staging-Serving-chat')).toMatchInlineSnapshot(`
"staging-Serving-chat in us-east-1: UPDATE_ROLLBACK_FAILED
  ModelRelease25959DE1 (Custom::KubernetesRelease): failed at 2026-03-01 11:58 UTC with: namespace
    models does not exist
release models/chat was not compared: function llm-staging-model-operations failed: namespace models
  does not exist; its log in CloudWatch Logs says more
kube-system/platform has to be put back first:
  Namespace models                   missing
  RoleBinding models/model-releases  missing
next  npm run releases -- staging reapply kube-system/platform
      npm run releases -- staging recover staging-Serving-chat"
`);
  expect(stacks.continued).toEqual([]);
  expect(process.exitCode).toBe(1);
});

test('what is missing elsewhere, or only changed, holds nothing up', async () => {
  const handlers = new FakeHandlers();
  handlers.drift['kube-system/platform'] = [
    { object: 'ConfigMap kube-system/other', state: 'missing' },
    { object: 'Namespace models', state: 'changed', fields: [] },
  ];
  const stacks = stuckStack();
  await run(handlers, stacks, 'staging', 'recover', 'staging-Serving-chat');
  expect(stacks.continued).toHaveLength(1);
});

test('releases of other models are not compared', async () => {
  const handlers = new FakeHandlers();
  handlers.releases.push({ ...CHAT, name: 'coder', owner: CHAT.owner.replaceAll('chat', 'coder') });
  await run(handlers, stuckStack(), 'staging', 'recover', 'staging-Serving-chat');
  expect(handlers.asked.map(({ operation }) => operation)).not.toContainEqual(
    expect.objectContaining({ name: 'coder' }),
  );
});

describe('what cannot be compared is told, and the rollback continues all the same', () => {
  const recovered = async (handlers: FakeHandlers, stacks = stuckStack()): Promise<string> => {
    const text = await run(handlers, stacks, 'staging', 'recover', 'staging-Serving-chat');
    expect(stacks.continued).toHaveLength(1);
    expect(process.exitCode).toBeUndefined();
    return text.replace(/\s+/g, ' ');
  };

  test('no release is listed', async () => {
    const handlers = new FakeHandlers();
    handlers.error = Object.assign(
      new Error('User: x is not authorized to perform: lambda:InvokeFunction on resource: y'),
      { name: 'AccessDeniedException' },
    );
    expect(await recovered(handlers)).toContain(
      'releases were not compared: the present AWS identity may not do this: it needs lambda:InvokeFunction',
    );
  });

  test('the releases of the models are not listed', async () => {
    const handlers = new FakeHandlers();
    handlers.unlisted = { [ReleaseTier.MODEL]: 'bucket is gone' };
    handlers.drift['kube-system/platform'] = [{ object: 'Namespace models', state: 'missing' }];
    expect(await recovered(handlers)).toContain(
      'releases were not compared: function llm-staging-model-operations failed: bucket is gone',
    );
  });

  test('the platform cannot be compared', async () => {
    const handlers = new FakeHandlers();
    handlers.drift['kube-system/platform'] = 'the API server is out of reach';
    const text = await recovered(handlers);
    expect(text).toContain(
      'release models/chat: the live objects are as it was last released well release kube-system/platform was not compared: function',
    );
    expect(
      handlers.asked
        .filter(({ operation }) => operation.operation === 'list')
        .every(({ operation }) => 'recordsOnly' in operation),
    ).toBe(true);
  });

  test('the stack has no release, so that nobody is asked', async () => {
    const handlers = new FakeHandlers();
    handlers.error = new Error('not asked');
    const stacks = new FakeStacks(STUCK, [{ ...FAILED, logicalId: 'Role', type: 'AWS::IAM::Role' }]);
    stacks.rollback = stuckStack().rollback;
    expect(await recovered(handlers, stacks)).not.toContain('compared');
    expect(handlers.asked).toEqual([]);
  });

  test('all releases of the stack are known, so that the other tier does not matter', async () => {
    const handlers = new FakeHandlers();
    handlers.releases = [{ ...PLATFORM, owner: CHAT.owner }];
    handlers.unlisted = { [ReleaseTier.MODEL]: 'bucket is gone' };
    expect(await recovered(handlers)).not.toContain('not compared');
  });

  test('a release is skipped that nobody could name', async () => {
    const handlers = new FakeHandlers();
    handlers.unlisted = { [ReleaseTier.MODEL]: 'bucket is gone' };
    expect(await run(handlers, stuckStack(), 'staging', 'recover', 'staging-Serving-chat', '--skip', RELEASE)).toMatch(
      /\nnext {2}npm run releases -- staging\n {6}npm run releases -- staging reapply <namespace>\/<name>$/,
    );
  });
});

test('commands in a reason of CloudFormation have the name of the environment', async () => {
  const stacks = new FakeStacks({ 'staging-Serving-chat': 'UPDATE_COMPLETE' }, [
    { ...FAILED, reason: 'ask `npm run releases -- <environment>`' },
  ]);
  expect(await run(new FakeHandlers(), stacks, 'staging', 'recover', 'staging-Serving-chat')).toContain(
    '`npm run releases -- staging`',
  );
});

describe('--skip', () => {
  test('says what it means for the release, skips, and says how to put it back', async () => {
    const handlers = new FakeHandlers();
    handlers.drift = {
      'models/chat': [{ object: 'Rollout models/chat', state: 'missing' }],
      'kube-system/platform': [{ object: 'Namespace models', state: 'missing' }],
    };
    const stacks = stuckStack();
    expect(
      await run(handlers, stacks, 'staging', 'recover', 'staging-Serving-chat', '--skip', RELEASE),
    ).toMatchInlineSnapshot(`
"staging-Serving-chat in us-east-1: UPDATE_ROLLBACK_FAILED
  ModelRelease25959DE1 (Custom::KubernetesRelease): failed at 2026-03-01 11:58 UTC with: namespace
    models does not exist
release models/chat: 1 missing against what was last released well
skips ModelRelease25959DE1: CloudFormation calls it UPDATE_COMPLETE and sends it nothing
  release models/chat stays as the cluster has it:
  Rollout models/chat  missing
  a deployment of exactly the revision before sends it nothing either: reapply, or deploy another
continues the rollback; Ctrl-C ends this command, not the rollback
  12:06:00 UTC  UPDATE_ROLLBACK_IN_PROGRESS  staging-Serving-chat: User Initiated
  12:06:01 UTC  UPDATE_IN_PROGRESS           ModelRelease25959DE1
  12:06:02 UTC  UPDATE_COMPLETE              ModelRelease25959DE1
  12:06:03 UTC  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS  staging-Serving-chat
  12:06:04 UTC  UPDATE_ROLLBACK_COMPLETE     staging-Serving-chat
staging-Serving-chat: UPDATE_ROLLBACK_COMPLETE
next  npm run releases -- staging reapply models/chat"
`);
    expect(stacks.continued).toEqual([{ name: 'staging-Serving-chat', skip: [RELEASE] }]);
    expect(process.exitCode).toBeUndefined();
  });

  test('of a resource that is no release', async () => {
    const stacks = new FakeStacks(STUCK, [{ ...FAILED, logicalId: 'Role', type: 'AWS::IAM::Role' }]);
    stacks.rollback = stuckStack().rollback;
    expect(
      await run(new FakeHandlers(), stacks, 'staging', 'recover', 'staging-Serving-chat', '--skip', 'Role'),
    ).toContain('skips Role: CloudFormation calls it UPDATE_COMPLETE and sends it nothing\n  it stays as it is');
  });

  test('is refused for what did not fail, and for a stack that is not stuck', async () => {
    await expect(
      run(
        new FakeHandlers(),
        stuckStack(),
        'staging',
        'recover',
        'staging-Serving-chat',
        '--skip',
        'Other',
        '--skip',
        RELEASE,
      ),
    ).rejects.toThrow(
      `--skip: expected resources whose rollback failed (${RELEASE}), got Other; CloudFormation skips no others`,
    );
    await expect(
      run(
        new FakeHandlers(),
        new FakeStacks({ 'staging-s': 'UPDATE_COMPLETE' }),
        'staging',
        'recover',
        'staging-s',
        '--skip',
        RELEASE,
      ),
    ).rejects.toThrow('--skip: expected with a stack in UPDATE_ROLLBACK_FAILED, got UPDATE_COMPLETE');
  });
});

test('a rollback that fails again is told with its reason, and is exit code 1', async () => {
  const stacks = stuckStack();
  stacks.rollback = [
    event(RELEASE, 'UPDATE_FAILED', 'no GPU is free'),
    event('staging-Serving-chat', 'UPDATE_ROLLBACK_FAILED'),
  ];
  stacks.resourcesAfter = [{ ...FAILED, reason: 'no GPU is free' }];
  const text = await run(new FakeHandlers(), stacks, 'staging', 'recover', 'staging-Serving-chat');
  expect(text).toContain(
    `  ${RELEASE} (Custom::KubernetesRelease): failed at 2026-03-01 11:58 UTC with: no GPU is\n    free\nput right what the reason names, and ask again`,
  );
  expect(process.exitCode).toBe(1);
});

test.each([
  ['UPDATE_COMPLETE', 'not stuck: it can be deployed to', undefined],
  ['UPDATE_ROLLBACK_COMPLETE', 'not stuck: it can be deployed to', undefined],
  ['UPDATE_IN_PROGRESS', 'not stuck: CloudFormation is at work on it; wait until that has ended', undefined],
  [
    'ROLLBACK_COMPLETE',
    'not stuck: its first deployment failed; `npx cdk deploy staging/Serving-chat` begins anew; if it is protected, first see docs/runbooks/failed-rollback.md',
    undefined,
  ],
  [
    'REVIEW_IN_PROGRESS',
    'not stuck: it is empty, with a change set that was not executed; `npx cdk deploy staging/Serving-chat` continues from there',
    undefined,
  ],
  [
    'DELETE_FAILED',
    'if it is protected, first see docs/runbooks/deleting-an-environment.md next npx cdk destroy staging/Serving-chat',
    1,
  ],
  [
    'ROLLBACK_FAILED',
    'if it is protected, first see docs/runbooks/failed-rollback.md next npx cdk destroy staging/Serving-chat npx cdk deploy staging/Serving-chat',
    1,
  ],
  ['IMPORT_ROLLBACK_FAILED', 'it cannot be deployed to: an import of resources failed', 1],
  ['UPDATE_FAILED', 'it was deployed with --no-rollback next npx cdk rollback staging/Serving-chat', 1],
  ['CREATE_FAILED', 'it was deployed with --no-rollback next npx cdk rollback staging/Serving-chat', 1],
])('of a stack in %s says what else to do', async (status, said, exitCode) => {
  const stacks = new FakeStacks({ 'staging-Serving-chat': status }, [
    { ...FAILED, status: 'DELETE_FAILED', reason: 'a finalizer holds it' },
  ]);
  const text = await run(new FakeHandlers(), stacks, 'staging', 'recover', 'staging-Serving-chat');
  expect(text.replace(/\s+/g, ' ')).toContain(said);
  expect(text).toContain(
    `staging-Serving-chat in us-east-1: ${status}\n  ${RELEASE} (Custom::KubernetesRelease): failed at 2026-03-01 11:58 UTC with: a finalizer`,
  );
  expect(stacks.continued).toEqual([]);
  expect(process.exitCode).toBe(exitCode);
});

test('a stack that does not exist', async () => {
  await expect(run(new FakeHandlers(), new FakeStacks(), 'staging', 'recover', 'staging-Serving-caht')).rejects.toThrow(
    'stack: expected one that exists in us-east-1, got "staging-Serving-caht"; `npx cdk list` names those of the app',
  );
});
