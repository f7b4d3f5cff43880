import { decide, type Decision, refusalOf } from '../../handler/decide';
import { type Inventory } from '../../handler/inventory';
import { type ReleaseRequest } from '../../handler/request';
import { type Target } from '../../handler/target';

const START = 1_000_000;
const ME = 'arn:aws:cloudformation:us-east-1:111111111111:stack/Serving-chat/Release';
const OTHER = 'arn:aws:cloudformation:us-east-1:111111111111:stack/Serving-other/Release';

function request(type: ReleaseRequest['type'], changes: Partial<ReleaseRequest> = {}): ReleaseRequest {
  return {
    type,
    id: 'r1',
    startedAt: START,
    owner: ME,
    name: 'chat',
    namespace: 'models',
    bucket: 'b',
    key: 'k',
    sha256: '',
    values: {},
    deadlineSeconds: 60,
    detached: false,
    deleteEverything: false,
    adopt: false,
    ...changes,
  };
}

function inventory(changes: Partial<Inventory> = {}): Inventory {
  return { owner: ME, objects: [], history: [], ...changes };
}

const CHAT = 'Rollout models/chat';
const release = (template: string) => ({ digest: `digest of ${template}`, templates: { [CHAT]: template } });
const attempt = (id: string) => ({
  request: id,
  digest: 'digest of B',
  waves: 3,
  until: START + 60_000,
  isRollback: false,
  stableBefore: [],
});

interface Row {
  event: string;
  request: ReleaseRequest;
  state: string;
  inventory?: Inventory;
  newer?: string;
  target?: Target;
  after?: number;
  expected: Decision;
}

const FORWARD: Decision = { action: 'begin', isRollback: false, stableBefore: [] };

const table: Row[] = [
  { event: 'Create', request: request('Create'), state: 'nothing', expected: FORWARD },
  {
    event: 'Create',
    request: request('Create'),
    state: 'own inventory of a failed creation',
    inventory: inventory({ attempt: attempt('r0') }),
    expected: FORWARD,
  },
  {
    event: 'Create',
    request: request('Create', { adopt: true }),
    state: 'an inventory of another owner, adopted',
    inventory: inventory({ owner: OTHER, history: [release('A')] }),
    target: release('C'),
    expected: FORWARD,
  },
  {
    event: 'Update',
    request: request('Update'),
    state: 'this request begun',
    inventory: inventory({ attempt: attempt('r1') }),
    expected: { action: 'continue' },
  },
  {
    event: 'Update',
    request: request('Update', { adopt: true }),
    state: 'this id begun by another owner, adopted',
    inventory: inventory({ owner: OTHER, attempt: attempt('r1') }),
    expected: FORWARD,
  },
  {
    event: 'Update',
    request: request('Update'),
    state: 'a healthy release, a new template',
    inventory: inventory({ history: [release('A')] }),
    target: release('B'),
    expected: FORWARD,
  },
  {
    event: 'Update (rollback)',
    request: request('Update'),
    state: 'an aborted attempt after the target',
    inventory: inventory({ history: [release('A')], attempt: attempt('r0') }),
    target: release('A'),
    expected: { action: 'begin', isRollback: true, stableBefore: [CHAT] },
  },
  {
    event: 'Update (rollback)',
    request: request('Update'),
    state: 'a newer release that was healthy',
    inventory: inventory({ history: [release('B'), release('A')] }),
    target: release('A'),
    expected: { action: 'begin', isRollback: false, stableBefore: [CHAT] },
  },
  {
    event: 'Update',
    request: request('Update'),
    state: 'the one before, with the newest applied twice',
    inventory: inventory({ history: [{ ...release('B'), digest: 'x' }, release('B'), release('A')] }),
    target: release('A'),
    expected: { action: 'begin', isRollback: false, stableBefore: [CHAT] },
  },
  {
    event: 'Update',
    request: request('Update'),
    state: 'a release older than the one before',
    inventory: inventory({ history: [release('C'), release('B'), release('A')] }),
    target: release('A'),
    expected: FORWARD,
  },
  {
    event: 'any',
    request: request('Update'),
    state: 'a newer request',
    inventory: inventory(),
    newer: 'r2',
    expected: { action: 'superseded', by: 'r2' },
  },
  {
    event: 'any',
    request: request('Delete'),
    state: 'a newer request',
    inventory: inventory(),
    newer: 'r2',
    expected: { action: 'superseded', by: 'r2' },
  },
  {
    event: 'Update',
    request: request('Update'),
    state: 'the deadline reached',
    inventory: inventory({ attempt: attempt('r1') }),
    after: 60_000,
    expected: { action: 'expire' },
  },
  {
    event: 'Update',
    request: request('Update'),
    state: 'a millisecond before the deadline',
    inventory: inventory({ attempt: attempt('r1') }),
    after: 59_999,
    expected: { action: 'continue' },
  },
  {
    event: 'Delete',
    request: request('Delete'),
    state: 'the deadline reached',
    inventory: inventory(),
    after: 60_000,
    expected: { action: 'expire' },
  },
  { event: 'Delete', request: request('Delete'), state: 'nothing', expected: { action: 'forget' } },
  {
    event: 'Delete',
    request: request('Delete'),
    state: 'own inventory, taken over and never healthy since',
    inventory: inventory({ adoptedFrom: OTHER }),
    expected: { action: 'return ownership', to: OTHER },
  },
  {
    event: 'Delete',
    request: request('Delete'),
    state: 'own inventory',
    inventory: inventory(),
    expected: { action: 'delete' },
  },
];

test.each(table)(
  '$event, with $state: $expected.action',
  ({ request: asked, inventory: held, newer, target, after = 0, expected }) => {
    expect(decide(asked, held, newer, target, START + after)).toEqual(expected);
  },
);

describe('a request may not touch a release', () => {
  const refused = expect.stringContaining(`release models/chat belongs to ${OTHER}; `) as string;
  const underWay = inventory({ attempt: attempt('r0') });

  test.each<[string, ReleaseRequest, Inventory | undefined, boolean, string | undefined]>([
    ['a creation, of what is not there', request('Create'), undefined, true, undefined],
    ['an update, of its own', request('Update'), inventory(), true, undefined],
    ['a creation, of another construct', request('Create'), inventory({ owner: OTHER }), true, refused],
    ['an update, of another construct', request('Update'), inventory({ owner: OTHER }), true, refused],
    [
      'an update with adopt, of another construct',
      request('Update', { adopt: true }),
      inventory({ owner: OTHER }),
      true,
      undefined,
    ],
    ['a deletion, of another construct', request('Delete'), inventory({ owner: OTHER }), true, refused],
    [
      'a deletion, of another construct although adopt is set',
      request('Delete', { adopt: true }),
      inventory({ owner: OTHER }),
      true,
      refused,
    ],
    ['an update, of what is being deployed', request('Update'), underWay, true, undefined],
    [
      'a person, of what is being deployed',
      request('Update', { manual: true }),
      underWay,
      true,
      expect.stringContaining('is being deployed, until 1970-01-01T00:17:40.000Z') as string,
    ],
    [
      'a person, of what a request was deploying that ticks no more',
      request('Update', { manual: true }),
      underWay,
      false,
      undefined,
    ],
    [
      'a person, of what another person has begun',
      request('Update', { manual: true }),
      inventory({ attempt: { ...attempt('r0'), manual: true } }),
      true,
      undefined,
    ],
    [
      'a person, of what the same person has begun',
      request('Update', { manual: true }),
      inventory({ attempt: attempt('r1') }),
      true,
      undefined,
    ],
  ])('%s', (_, asked, held, isAtWork, expected) => {
    expect(refusalOf(asked, held, isAtWork)).toEqual(expected);
  });
});

test('what was deployed last, but is not known to be good, is a rollback too, and its template was not stable', () => {
  const state = inventory({ released: release('B').digest, history: [release('A')] });
  expect(decide(request('Update'), state, undefined, release('B'), START)).toEqual({
    action: 'begin',
    isRollback: true,
    stableBefore: [],
  });
});
