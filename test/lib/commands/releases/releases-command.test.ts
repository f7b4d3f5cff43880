import { ReleaseTier } from '../../../../constructs/kubernetes/contract/release-tier';
import { explain } from '../../../../lib/commands/releases/explain';
import { releasesCommand } from '../../../../lib/commands/releases/releases-command';
import { CHAT, FakeHandlers, FakeStacks, PLATFORM, run, runIn, STARTED_AT } from './fixture';

afterEach(() => {
  process.exitCode = undefined;
});

describe('list', () => {
  test('shows the releases of both tiers, and why one is not healthy', async () => {
    const handlers = new FakeHandlers();
    handlers.releases = [{ ...CHAT, state: 'unhealthy', reason: 'namespace models does not exist' }, PLATFORM];
    expect(await run(handlers, new FakeStacks(), 'staging')).toMatchInlineSnapshot(`
"staging in us-east-1: 2 released
  Release               State      Revision  Digest    Released (UTC)    Stack
  kube-system/platform  healthy    -         9ab0c1d2  2026-02-27 08:00  staging-Platform
  models/chat           unhealthy  r2        3f2a91c0  2026-03-01 12:05  staging-Serving-chat
models/chat: namespace models does not exist"
`);
    expect(handlers.asked).toEqual(
      ['platform', 'model'].map((tier) => ({
        functionName: `llm-staging-${tier}-operations`,
        operation: { operation: 'list' },
      })),
    );
    expect(process.exitCode).toBeUndefined();
  });

  test('goes by the names of the releases, not by tiers', async () => {
    const handlers = new FakeHandlers();
    handlers.releases = [{ ...PLATFORM, namespace: 'monitoring', name: 'prometheus' }, CHAT, PLATFORM];
    const text = await run(handlers, new FakeStacks(), 'staging');
    expect(text.match(/[\w-]+\/[\w-]+/g)).toEqual(['kube-system/platform', 'models/chat', 'monitoring/prometheus']);
  });

  test('an owner that is no stack is shown as it is, and nothing released is said so', async () => {
    const handlers = new FakeHandlers();
    handlers.releases = [{ ...CHAT, owner: 'somebody' }];
    expect(await run(handlers, new FakeStacks(), 'staging', 'list')).toContain('somebody');
    handlers.releases = [];
    expect(await run(handlers, new FakeStacks(), 'staging')).toBe('staging in us-east-1: nothing is released');
  });

  test('shows what nobody could look at, with the reason', async () => {
    const handlers = new FakeHandlers();
    handlers.releases = [{ ...CHAT, state: 'unknown', reason: 'the API server is out of reach' }];
    const text = await run(handlers, new FakeStacks(), 'staging');
    expect(text).toMatch(/models\/chat {2}unknown {2}r2/);
    expect(text).toContain('models/chat: the API server is out of reach');
  });

  test('gives commands in a reason the name of the environment, and keeps them whole', async () => {
    const handlers = new FakeHandlers();
    const reason =
      'namespace models does not exist; deploy what it belongs to, for a model `npm run releases -- <environment> reapply kube-system/platform`, and then this release again';
    handlers.releases = [{ ...CHAT, state: 'unhealthy', reason }];
    expect((await run(handlers, new FakeStacks(), 'staging')).split('\n').slice(3)).toEqual([
      'models/chat: namespace models does not exist; deploy what it belongs to, for a model',
      '  `npm run releases -- staging reapply kube-system/platform`, and then this release again',
    ]);
  });

  test('a tier that cannot be listed is exit code 1, and hides no release of the other', async () => {
    const handlers = new FakeHandlers();
    handlers.unlisted = { [ReleaseTier.PLATFORM]: 'bucket is gone' };
    const text = await run(handlers, new FakeStacks(), 'staging');
    expect(text).toContain('models/chat');
    expect(text).toContain(
      'releases of the platform tier were not listed: function llm-staging-platform-operations failed',
    );
    expect(process.exitCode).toBe(1);
    handlers.releases = [];
    await expect(run(handlers, new FakeStacks(), 'staging')).rejects.toThrow('bucket is gone');
  });

  test('leaves columns out where they do not fit: the digest, then the stack, then what is left but name and state', async () => {
    const handlers = new FakeHandlers();
    handlers.releases = [
      { ...CHAT, name: 'qwen3-coder-30b-instruct', owner: CHAT.owner.replace('chat', 'qwen3-coder-30b-instruct') },
    ];
    const head = async (width: number) =>
      (await runIn({ width }, handlers, new FakeStacks(), 'staging')).split('\n')[1].trim().split(/ {2,}/);
    expect(await head(100)).toEqual(['Release', 'State', 'Revision', 'Released (UTC)']);
    expect(await head(60)).toEqual(['Release', 'State', 'Released (UTC)']);
    handlers.releases = [{ ...CHAT, name: 'qwen3-coder-30b-instruct-awq-int4' }];
    expect(await head(60)).toEqual(['Release', 'State']);
    handlers.releases = [CHAT];
    expect(await head(90)).toEqual(['Release', 'State', 'Revision', 'Digest', 'Released (UTC)', 'Stack']);
    expect(await head(75)).toEqual(['Release', 'State', 'Revision', 'Released (UTC)', 'Stack']);
  });
});

describe('drift', () => {
  test('shows each object, and of a changed one the fields, in lines that fit', async () => {
    const handlers = new FakeHandlers();
    const shared = 'a common beginning that is long enough to fill what room there is for a value in a line'.repeat(2);
    handlers.drift['models/chat'] = [
      { object: 'ConfigMap models/chat-engine', state: 'missing' },
      {
        object: 'Service models/chat',
        state: 'changed',
        fields: [
          { path: 'spec.ports[0].port', released: 80, live: 9999 },
          { path: 'metadata.labels.team', released: 'chat' },
          { path: 'spec.externalName', live: null },
          {
            path: 'data.script',
            released: `${shared}, released`,
            live: `${shared}, and what somebody has typed behind it, at some length, so that it is cut`,
          },
        ],
        more: 12,
      },
      {
        object: 'PodDisruptionBudget models/chat',
        state: 'changed',
        problem: 'cannot be applied: admission webhook policy.example.com denied the request',
      },
      { object: 'PodMonitor models/chat', state: 'taken', takenBy: 'models/other' },
    ];
    expect(await run(handlers, new FakeStacks(), 'staging', 'drift')).toMatchInlineSnapshot(`
"kube-system/platform: as it was last released well
models/chat: 1 missing, 2 changed, 1 taken
  ConfigMap models/chat-engine     missing
  Service models/chat              changed
      spec.ports[0].port: released 80, live 9999
      metadata.labels.team: released "chat", live (gone)
      spec.externalName: released (not set), live null
      data.script
        released  … a value in a line, released"
        live      … a value in a line, and what somebody has typed behind it, at some length, so th…
      and 12 more fields
  PodDisruptionBudget models/chat  changed
      cannot be applied: admission webhook policy.example.com denied the request
  PodMonitor models/chat           taken by models/other, and left to it
  what to do about objects that were taken: docs/runbooks/adopting-a-release.md#single-objects
next  npm run releases -- staging reapply models/chat"
`);
    expect(process.exitCode).toBeUndefined();
  });

  test('of one release asks for no other, and --exit-code tells whether there is any', async () => {
    const handlers = new FakeHandlers();
    handlers.drift['models/chat'] = [{ object: 'Service models/chat', state: 'missing' }];
    expect(await run(handlers, new FakeStacks(), 'staging', 'drift', 'kube-system/platform', '--exit-code')).toBe(
      'kube-system/platform: as it was last released well',
    );
    expect(handlers.asked.at(-1)).toEqual({
      functionName: 'llm-staging-platform-operations',
      operation: { operation: 'drift', namespace: 'kube-system', name: 'platform' },
    });
    expect(process.exitCode).toBeUndefined();
    await run(handlers, new FakeStacks(), 'staging', 'drift', 'models/chat', '--exit-code');
    expect(process.exitCode).toBe(1);
  });

  test('nothing is put back that was only taken', async () => {
    const handlers = new FakeHandlers();
    handlers.drift['models/chat'] = [{ object: 'PodMonitor models/chat', state: 'taken', takenBy: 'models/other' }];
    const text = await run(handlers, new FakeStacks(), 'staging', 'drift', 'models/chat');
    expect(text).not.toContain('reapply');
    expect(text).toContain('docs/runbooks/adopting-a-release.md#single-objects');
  });

  test('what cannot be compared is exit code 1, and hides no other', async () => {
    const handlers = new FakeHandlers();
    handlers.drift = {
      'models/chat': 'rollouts.argoproj.io is forbidden',
      'kube-system/platform': [{ object: 'Namespace models', state: 'missing' }],
    };
    const text = await run(handlers, new FakeStacks(), 'staging', 'drift');
    expect(text).toContain('Namespace models  missing');
    expect(text.replace(/\s+/g, ' ')).toContain(
      'models/chat: was not compared: function llm-staging-model-operations failed: rollouts.argoproj.io is forbidden;',
    );
    expect(process.exitCode).toBe(1);
  });

  test('what AWS refuses for one release is an error of that one', async () => {
    const handlers = new FakeHandlers();
    const invoke = async (functionName: string, event: unknown) => {
      if ((event as { name?: string }).name === 'chat')
        throw Object.assign(new Error('Rate exceeded'), { name: 'TooManyRequestsException' });
      return handlers.invoke(functionName, event);
    };
    expect(await run({ invoke }, new FakeStacks(), 'staging', 'drift', '--exit-code')).toBe(
      'kube-system/platform: as it was last released well\nmodels/chat: was not compared: Rate exceeded',
    );
    expect(process.exitCode).toBe(1);
  });

  test('compares four releases at once, and goes by what was recorded', async () => {
    const handlers = new FakeHandlers();
    handlers.releases = Array.from({ length: 11 }, (_, index) => ({
      ...CHAT,
      name: `chat-${String(index).padStart(2, '0')}`,
    }));
    const text = await run(handlers, new FakeStacks(), 'staging', 'drift');
    expect(text.split('\n')).toEqual(
      handlers.releases.map(({ name }) => `models/${name}: as it was last released well`),
    );
    expect(handlers.mostAtOnce).toBe(4);
    expect(handlers.asked[0].operation).toEqual({ operation: 'list', recordsOnly: true });
  });

  test('where nothing is released, that is no proof of no drift', async () => {
    const handlers = new FakeHandlers();
    handlers.releases = [];
    expect(await run(handlers, new FakeStacks(), 'staging', 'drift')).toBe('staging in us-east-1: nothing is released');
    expect(process.exitCode).toBeUndefined();
    await run(handlers, new FakeStacks(), 'staging', 'drift', '--exit-code');
    expect(process.exitCode).toBe(1);
  });

  test('a tier that cannot be listed is told, and hides no release of the other', async () => {
    const handlers = new FakeHandlers();
    handlers.unlisted = { [ReleaseTier.MODEL]: 'bucket is gone' };
    expect(await run(handlers, new FakeStacks(), 'staging', 'drift')).toBe(
      [
        'releases of the model tier were not listed: function llm-staging-model-operations failed: bucket is',
        '  gone; its log in CloudWatch Logs says more',
        'kube-system/platform: as it was last released well',
      ].join('\n'),
    );
    expect(process.exitCode).toBe(1);
  });

  test.each([60, 100])('long names do not break lines of %i', async (width) => {
    const handlers = new FakeHandlers();
    const name = 'qwen3-coder-30b-instruct';
    handlers.releases = [{ ...CHAT, name }];
    handlers.drift[`models/${name}`] = [
      {
        object: `Rollout models/${name}`,
        state: 'changed',
        fields: [
          {
            path: 'spec.template.spec.containers[0].resources.requests',
            released: { cpu: '3', memory: '24Gi' },
            live: { cpu: '3', memory: '48Gi' },
          },
        ],
      },
      { object: `PodDisruptionBudget models/${name}`, state: 'taken', takenBy: `models/${name}-next` },
      {
        object: `Service models/${name}`,
        state: 'changed',
        problem: `Service ${name} is invalid: spec.clusterIPs[0]: Invalid value: may not change once set`,
      },
    ];
    expect(await runIn({ width }, handlers, new FakeStacks(), 'staging', 'drift')).toContain(
      `\nnext  npm run releases -- staging reapply models/${name}`,
    );
  });
});

describe('reapply', () => {
  test('ticks with one id until it is complete, and prints what is waited for once', async () => {
    const handlers = new FakeHandlers();
    const waiting = { complete: false, waitingFor: 'Rollout models/chat: 2 of 4 replicas are available' };
    handlers.ticks = [
      waiting,
      waiting,
      { complete: false },
      { complete: false, waitingFor: 'pruning' },
      { complete: true },
    ];
    expect(
      await run(
        handlers,
        new FakeStacks({ 'staging-Serving-chat': 'UPDATE_COMPLETE' }),
        'staging',
        'reapply',
        'models/chat',
      ),
    ).toBe(
      [
        'models/chat: puts back r2, 3f2a91c0',
        '  waits for Rollout models/chat: 2 of 4 replicas are available',
        '  waits for pruning',
        'models/chat: is as it was last released well, and healthy, after 0 s',
      ].join('\n'),
    );
    const ticks = handlers.asked.filter(({ operation }) => operation.operation === 'reapply');
    expect(ticks).toHaveLength(5);
    expect(ticks[0]).toEqual({
      functionName: 'llm-staging-model-operations',
      operation: {
        operation: 'reapply',
        namespace: 'models',
        name: 'chat',
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      },
    });
    expect(
      handlers.asked.filter(({ operation }) => operation.operation === 'list').map(({ operation }) => operation),
    ).toEqual([
      { operation: 'list', recordsOnly: true },
      { operation: 'list', recordsOnly: true },
    ]);
  });

  test.each([0, Date.UTC(2040, 0, 1)])(
    "goes by the clock of the function alone, whatever this machine's says: %s",
    async (now) => {
      const clock = jest.spyOn(Date, 'now').mockReturnValue(now);
      const handlers = new FakeHandlers();
      handlers.ticks = [{ complete: false }, { complete: false }, { complete: true }];
      await run(handlers, new FakeStacks(), 'staging', 'reapply', 'models/chat');
      clock.mockRestore();
      const ticks = handlers.asked.flatMap(({ operation }) => (operation.operation === 'reapply' ? [operation] : []));
      expect(new Set(ticks.map(({ id }) => id)).size).toBe(1);
      // After two lists and the first tick.
      expect(ticks.map(({ startedAt }) => startedAt)).toEqual([undefined, STARTED_AT + 3, STARTED_AT + 3]);
      expect('startedAt' in ticks[0]).toBe(false);
    },
  );

  test('a tier that cannot be listed holds up no release of the other', async () => {
    const handlers = new FakeHandlers();
    handlers.unlisted = { [ReleaseTier.PLATFORM]: 'bucket is gone' };
    handlers.ticks = [{ complete: true }];
    expect(await run(handlers, new FakeStacks(), 'staging', 'reapply', 'models/chat')).toContain('healthy');
    await expect(run(handlers, new FakeStacks(), 'staging', 'reapply', 'kube-system/platform')).rejects.toThrow(
      'function llm-staging-platform-operations failed: bucket is gone',
    );
  });

  test('two requests have two ids', async () => {
    const handlers = new FakeHandlers();
    handlers.ticks = [{ complete: true }, { complete: true }];
    await run(handlers, new FakeStacks(), 'staging', 'reapply', 'models/chat');
    await run(handlers, new FakeStacks(), 'staging', 'reapply', 'models/chat');
    const ids = handlers.asked.flatMap(({ operation }) => (operation.operation === 'reapply' ? [operation.id] : []));
    expect(new Set(ids).size).toBe(2);
  });

  test('a failure is told, and ends it', async () => {
    const handlers = new FakeHandlers();
    handlers.ticks = [
      {
        complete: false,
        failure:
          'namespace models does not exist; put it back with `npm run releases -- <environment> reapply kube-system/platform`',
      },
    ];
    await expect(run(handlers, new FakeStacks(), 'staging', 'reapply', 'models/chat')).rejects.toThrow(
      'models/chat was not put back: namespace models does not exist; put it back with `npm run releases -- staging reapply kube-system/platform`',
    );
  });

  test.each(['CREATE_IN_PROGRESS', 'UPDATE_ROLLBACK_IN_PROGRESS', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'])(
    'is refused while the stack is %s',
    async (status) => {
      const handlers = new FakeHandlers();
      await expect(
        run(handlers, new FakeStacks({ 'staging-Serving-chat': status }), 'staging', 'reapply', 'models/chat'),
      ).rejects.toThrow(
        `models/chat: expected its stack to rest, got staging-Serving-chat in ${status}; wait until that has ended`,
      );
      expect(handlers.asked.map(({ operation }) => operation.operation)).not.toContain('reapply');
    },
  );

  test.each(['UPDATE_ROLLBACK_FAILED', 'DELETE_FAILED', 'REVIEW_IN_PROGRESS'])(
    'is not refused while the stack rests in %s',
    async (status) => {
      const handlers = new FakeHandlers();
      handlers.ticks = [{ complete: true }];
      expect(
        await run(handlers, new FakeStacks({ 'staging-Serving-chat': status }), 'staging', 'reapply', 'models/chat'),
      ).toContain('healthy');
    },
  );
});

describe('what is refused', () => {
  test.each([
    [['nowhere'], 'environment: expected staging, production, rehearsal, got "nowhere"'],
    [['staging', 'delete'], 'Allowed choices are list, drift, reapply, recover'],
    [['staging', 'list', 'models/chat'], 'list: expected nothing after it, got "models/chat"'],
    [
      ['staging', 'drift', 'chat'],
      'drift: expected a release as in models/chat, got "chat"; `npm run releases -- staging` lists them',
    ],
    [
      ['staging', 'reapply', 'staging-Serving-chat'],
      'reapply: expected a release as in models/chat, got the stack staging-Serving-chat; `npm run releases -- staging` lists releases with their stacks, `npm run releases -- staging recover staging-Serving-chat` is for a stuck stack',
    ],
    [
      ['staging', 'drift', 'production/Serving-chat'],
      'drift: expected a release as in models/chat, got the stack production/Serving-chat; `npm run releases -- production` lists',
    ],
    [
      ['staging', 'recover', 'models/chat'],
      'recover: expected a stack of staging as in staging-Serving-chat, got the release models/chat; `npm run releases -- staging reapply models/chat` puts a release back',
    ],
    [
      ['staging', 'recover', 'CDKToolkit'],
      'recover: expected a stack of staging as in staging-Serving-chat, got "CDKToolkit"; `npx cdk list` names those of the app',
    ],
    [
      ['staging', 'recover', 'production-Serving-chat', '--skip', 'Release'],
      'recover: expected a stack of staging as in staging-Serving-chat, got one of production; `npm run releases -- production recover production-Serving-chat --skip Release` is for that',
    ],
    [['staging', 'reapply', 'models/chta'], 'release: expected kube-system/platform, models/chat, got "models/chta"'],
    [['staging', 'reapply'], 'reapply: expected a release as <namespace>/<name>, got none'],
    [['staging', 'recover'], 'recover: expected a stack as in staging-Serving-chat, got none'],
    [['staging', 'list', '--exit-code'], '--exit-code: expected with drift, got it with list'],
    [['staging', 'drift', '--skip', 'Release'], '--skip: expected with recover, got it with drift'],
  ])('%j', async (args, message) => {
    await expect(run(new FakeHandlers(), new FakeStacks(), ...args)).rejects.toThrow(message);
  });

  test('a wrong name is refused before anybody is asked', async () => {
    const handlers = new FakeHandlers();
    await expect(
      runIn(
        { width: 100, account: 'of nobody' },
        handlers,
        new FakeStacks(),
        'staging',
        'recover',
        'production/Serving-chat',
      ),
    ).rejects.toThrow('got one of production');
    await expect(
      runIn({ width: 100, account: 'of nobody' }, handlers, new FakeStacks(), 'staging', 'drift', 'chat'),
    ).rejects.toThrow('got "chat"');
    expect(handlers.asked).toEqual([]);
  });

  test.each([['list'], ['drift'], ['reapply', 'models/chat'], ['recover', 'staging-Serving-chat']])(
    '%s as an identity of another account',
    async (...words) => {
      const handlers = new FakeHandlers();
      await expect(
        runIn({ width: 100, account: '222222222222' }, handlers, new FakeStacks(), 'staging', ...words),
      ).rejects.toThrow(
        'AWS identity: expected account 111111111111 (environments/staging.ts), got 222222222222; check AWS_PROFILE',
      );
      expect(handlers.asked).toEqual([]);
    },
  );

  test('where nothing is released, no release is known', async () => {
    const handlers = new FakeHandlers();
    handlers.releases = [];
    await expect(run(handlers, new FakeStacks(), 'staging', 'drift', 'models/chat')).rejects.toThrow(
      'release: expected one, but nothing is released, got "models/chat"',
    );
  });
});

describe('what AWS refuses, in one line', () => {
  const failing = async (name: string, message: string): Promise<string> => {
    const handlers = new FakeHandlers();
    handlers.error = Object.assign(new Error(message), { name });
    return run(handlers, new FakeStacks(), 'staging').catch(explain);
  };

  test.each([
    [
      'CredentialsProviderError',
      'Could not load credentials from any providers',
      'no AWS credentials: Could not load credentials from any providers; log in, or name a profile in AWS_PROFILE',
    ],
    [
      'ExpiredTokenException',
      'The security token included in the request is expired',
      'AWS does not accept the credentials: The security token included in the request is expired; log in again',
    ],
    [
      'ResourceNotFoundException',
      'Function not found: arn:…',
      'function llm-staging-platform-operations: expected it in us-east-1, found none; deploy it with `npx cdk deploy staging/Cluster`',
    ],
    [
      'AccessDeniedException',
      'User: arn:aws:iam::111111111111:user/me is not authorized to perform: lambda:InvokeFunction on resource: arn:x because no identity-based policy allows it',
      'the present AWS identity may not do this: it needs lambda:InvokeFunction (docs/runbooks/stuck-stack.md lists the rights of each command); AWS says: User: arn:aws:iam::111111111111:user/me is not authorized to perform: lambda:InvokeFunction on resource: arn:x because no identity-based policy allows it',
    ],
    ['TypeError', 'fetch failed\n  at somewhere', 'fetch failed'],
  ])('%s', async (name, message, said) => {
    expect(await failing(name, message)).toBe(said);
  });

  test('a function that failed says so, with its own words', async () => {
    const invoke = (payload: string) =>
      run(
        { invoke: () => Promise.resolve({ functionError: 'Unhandled', payload }) },
        new FakeStacks(),
        'staging',
      ).catch(explain);
    expect(await invoke('{"errorType":"Error","errorMessage":"bucket is gone\\n    at read"}')).toBe(
      'function llm-staging-platform-operations failed: bucket is gone; its log in CloudWatch Logs says more',
    );
    expect(await invoke('2026-03-01 Task timed out after 120.00 seconds')).toContain(
      'failed: 2026-03-01 Task timed out after 120.00 seconds;',
    );
  });

  test.each([
    [
      Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' }),
      'AWS is out of reach: ECONNREFUSED; check the network, and AWS_ENDPOINT_URL where it is set',
    ],
    [
      Object.assign(new Error('getaddrinfo ENOTFOUND lambda.us-east-1.amazonaws.com'), { code: 'ENOTFOUND' }),
      'AWS is out of reach: getaddrinfo ENOTFOUND lambda.us-east-1.amazonaws.com; check',
    ],
  ])('%s', (error, said) => {
    expect(explain(error)).toContain(said);
  });

  test('an error of another kind than Error is told too', () => {
    expect(explain('broken')).toBe('broken');
  });
});

test('the help says what changes something, and has examples', () => {
  let help = '';
  const command = releasesCommand({
    environments: [],
    accountOf: jest.fn(),
    functions: jest.fn(),
    stacks: jest.fn(),
    print: jest.fn(),
    width: 100,
  });
  command
    .configureOutput({
      writeOut: (text) => {
        help += text;
      },
    })
    .outputHelp();
  expect(help).toContain('list and drift change nothing');
  expect(help).toContain('npm run releases -- staging reapply models/chat');
});

test('a cluster that exists gives the functions its name', async () => {
  const handlers = new FakeHandlers();
  await run(handlers, new FakeStacks(), 'rehearsal');
  expect(handlers.asked.map(({ functionName }) => functionName)).toEqual(
    [ReleaseTier.PLATFORM, ReleaseTier.MODEL].map((tier) => `rehearsal-${tier}-operations`),
  );
});
