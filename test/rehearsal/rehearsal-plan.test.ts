import { choosePlan, type PlanOptions } from '../../rehearsal/rehearsal-plan';
import { type Act } from '../../rehearsal/scenario/act';

const act = (id: string, buildsOn?: string[]): Act => ({
  id,
  buildsOn,
  title: id,
  story: id,
  run: () => Promise.resolve(),
});
const PARTS = {
  acts: ['act-1', 'act-2', 'act-3'].map((id) => act(id)),
  scenes: [act('act-4'), act('act-5', ['act-4']), act('act-6')],
  faults: [act('fault-errors'), act('fault-hanging')],
};

test.each<[string, PlanOptions, string[]]>([
  ['nothing asked for: the acts', {}, ['act-1 act-2', '', '', 'act-3']],
  ['an act brings those before it', { act: 2 }, ['act-1 act-2', '', '', '']],
  ['the last act', { act: 3 }, ['act-1 act-2', '', '', 'act-3']],
  ['a scene needs the first act only, and is tidied up after', { act: 4 }, ['act-1', 'act-4', '', 'act-3']],
  ['a scene that builds on another brings it', { act: 5 }, ['act-1', 'act-4 act-5', '', 'act-3']],
  ['a scene that builds on none does not', { act: 6 }, ['act-1', 'act-6', '', 'act-3']],
  ['a fault needs the first act only', { fault: ['errors'] }, ['act-1', '', 'fault-errors', 'act-3']],
  ['a fault after acts', { act: 2, fault: ['errors'] }, ['act-1 act-2', '', 'fault-errors', '']],
  [
    'a fault is played before the last act',
    { act: 3, fault: ['hanging'] },
    ['act-1 act-2', '', 'fault-hanging', 'act-3'],
  ],
  [
    'all faults come with all scenes',
    { fault: ['all'] },
    ['act-1 act-2', 'act-4 act-5 act-6', 'fault-errors fault-hanging', 'act-3'],
  ],
])('%s', (_, options, expected) => {
  const { opening, scenes, faults, closing } = choosePlan(PARTS, options);
  expect([opening, scenes, faults, closing].map((acts) => acts.map(({ id }) => id).join(' '))).toEqual(expected);
});
