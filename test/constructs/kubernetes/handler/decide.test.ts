import { decide, type Decision } from '../../../../constructs/kubernetes/handler/decide';
import { type Inventory } from '../../../../constructs/kubernetes/handler/inventory';
import { type ReleaseRequest } from '../../../../constructs/kubernetes/handler/request';
import { type Target } from '../../../../constructs/kubernetes/handler/target';

const START = 1_000_000;
const ME = 'arn:aws:cloudformation:us-east-1:111111111111:stack/Serving-chat/Release';
const OTHER = 'arn:aws:cloudformation:us-east-1:111111111111:stack/Serving-other/Release';

function request(type: ReleaseRequest['type'], changes: Partial<ReleaseRequest> = {}): ReleaseRequest {
  return {
    type, id: 'r1', startedAt: START, owner: ME, name: 'chat', namespace: 'models', bucket: 'b', key: 'k', values: {},
    deadlineSeconds: 60, detached: false, deleteEverything: false, adopt: false, ...changes,
  };
}

function inventory(changes: Partial<Inventory> = {}): Inventory {
  return { owner: ME, objects: [], history: [], ...changes };
}

const release = (template: string) => ({ digest: `digest of ${template}`, templates: { 'models/chat': template } });
const attempt = (id: string) => ({ request: id, digest: 'digest of B', waves: 3, promote: [] });

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

const table: Row[] = [
  { event: 'Create', request: request('Create'), state: 'nothing', expected: { action: 'begin', promote: [] } },
  { event: 'Create', request: request('Create'), state: 'own inventory of a failed creation', inventory: inventory({ attempt: attempt('r0') }), expected: { action: 'begin', promote: [] } },
  { event: 'Create', request: request('Create', { adopt: true }), state: 'an inventory of another owner, adopted', inventory: inventory({ owner: OTHER, history: [release('A')] }), target: release('C'), expected: { action: 'begin', promote: [] } },
  { event: 'Update', request: request('Update'), state: 'this request begun', inventory: inventory({ attempt: attempt('r1') }), expected: { action: 'continue' } },
  { event: 'Update', request: request('Update', { adopt: true }), state: 'this id begun by another owner, adopted', inventory: inventory({ owner: OTHER, attempt: attempt('r1') }), expected: { action: 'begin', promote: [] } },
  { event: 'Update', request: request('Update'), state: 'a healthy release, a new template', inventory: inventory({ history: [release('A')] }), target: release('B'), expected: { action: 'begin', promote: [] } },
  { event: 'Update (rollback)', request: request('Update'), state: 'an aborted attempt after the target', inventory: inventory({ history: [release('A')], attempt: attempt('r0') }), target: release('A'), expected: { action: 'begin', promote: ['models/chat'] } },
  { event: 'Update (rollback)', request: request('Update'), state: 'a newer release that was healthy', inventory: inventory({ history: [release('B'), release('A')] }), target: release('A'), expected: { action: 'begin', promote: ['models/chat'] } },
  { event: 'Update', request: request('Update'), state: 'the one before, with the newest applied twice', inventory: inventory({ history: [{ ...release('B'), digest: 'x' }, release('B'), release('A')] }), target: release('A'), expected: { action: 'begin', promote: ['models/chat'] } },
  { event: 'Update', request: request('Update'), state: 'a release older than the one before', inventory: inventory({ history: [release('C'), release('B'), release('A')] }), target: release('A'), expected: { action: 'begin', promote: [] } },
  { event: 'any', request: request('Update'), state: 'a newer request', inventory: inventory(), newer: 'r2', expected: { action: 'superseded', by: 'r2' } },
  { event: 'any', request: request('Delete'), state: 'a newer request', inventory: inventory(), newer: 'r2', expected: { action: 'superseded', by: 'r2' } },
  { event: 'Update', request: request('Update'), state: 'the deadline reached', inventory: inventory({ attempt: attempt('r1') }), after: 60_000, expected: { action: 'expire' } },
  { event: 'Update', request: request('Update'), state: 'a millisecond before the deadline', inventory: inventory({ attempt: attempt('r1') }), after: 59_999, expected: { action: 'continue' } },
  { event: 'Delete', request: request('Delete'), state: 'the deadline reached', inventory: inventory(), after: 60_000, expected: { action: 'expire' } },
  { event: 'Delete', request: request('Delete'), state: 'nothing', expected: { action: 'nothing' } },
  { event: 'Delete', request: request('Delete'), state: 'an inventory of another owner', inventory: inventory({ owner: OTHER }), expected: { action: 'nothing' } },
  { event: 'Delete', request: request('Delete', { adopt: true }), state: 'an inventory of another owner, although adopt is set', inventory: inventory({ owner: OTHER }), expected: { action: 'nothing' } },
  { event: 'Delete', request: request('Delete'), state: 'own inventory, taken over and never healthy since', inventory: inventory({ adoptedFrom: OTHER }), expected: { action: 'hand back', to: OTHER } },
  { event: 'Delete', request: request('Delete'), state: 'own inventory', inventory: inventory(), expected: { action: 'delete' } },
];

test.each(table)('$event, with $state: $expected.action', ({ request: asked, inventory: held, newer, target, after = 0, expected }) => {
  expect(decide(asked, held, newer, target, START + after)).toEqual(expected);
});

test.each(['Create', 'Update'] as const)('%s of a release that belongs to another construct is refused and names it', (type) => {
  const decision = decide(request(type), inventory({ owner: OTHER }), undefined, undefined, START);
  expect(decision).toEqual({ action: 'refuse', reason: expect.stringContaining(OTHER) as string });
});
