import { type RolloutView, type StepView } from './rollout-view';

const MARKS: Record<StepView['state'], string> = { done: '✓', now: '▶', next: '·' };

/** The state of a rollout as one block of text. */
export function statusText(environment: string, view: RolloutView): string {
  const { revisions, weight, steps, gates } = view;
  const rows: [string, string][] = [];
  revisions.forEach(({ role, revision, hash, ready, desired }, index) => {
    rows.push([index === 0 ? 'revisions' : '', `${role.padEnd(6)}  ${revision}  ${ready}/${desired} ready  (${hash})`]);
  });
  rows.push([
    'weight',
    `${weight.planned} % planned, ${weight.real === undefined ? 'no pod is ready' : `${weight.real} % real`}`,
  ]);
  const now = steps.findIndex(({ state }) => state === 'now');
  if (now >= 0) {
    const left = steps[now].secondsLeft;
    rows.push([
      'step',
      `${now + 1} of ${steps.length}: ${steps[now].text}${left === undefined ? '' : `, ${left} s left`}`,
    ]);
  }
  if (steps.length > 0)
    rows.push([now >= 0 ? '' : 'steps', steps.map(({ state, text }) => `${MARKS[state]} ${text}`).join('  ')]);
  gates.forEach(({ analysis, name, phase, value, limit, measurements }, index) => {
    rows.push([
      index === 0 ? 'gates' : '',
      `${analysis.padEnd(7)}  ${name}: ${value}  (limit ${limit}; ${phase}, ${measurements} measured)`,
    ]);
  });
  if (view.issue) rows.push(['pods', view.issue]);
  view.conditions.forEach((condition, index) => rows.push([index === 0 ? 'conditions' : '', condition]));
  whatNext(environment, view).forEach((line, index) => rows.push([index === 0 ? 'next' : '', line]));

  const title = `${view.name} in ${environment}: ${headline(view)}`;
  return [title, ...rows.map(([label, text]) => `  ${label.padEnd(10)}  ${text}`)].join('\n');
}

function headline({ phase, message, observed, aborted, pausedByPerson, holding, promoted }: RolloutView): string {
  if (!observed) return 'the rollout controller has not seen the last change; is argo-rollouts running?';
  if (aborted)
    return `aborted${message?.startsWith('RolloutAborted: ') ? `: ${message.slice('RolloutAborted: '.length)}` : ''}`;
  if (pausedByPerson) return 'paused by a person';
  if (holding) return 'holds a step';
  if (phase === 'Healthy' && promoted) return 'healthy';
  return `${phase.toLowerCase()}${message ? `: ${message}` : ''}`;
}

/** What a person can do now. */
function whatNext(environment: string, view: RolloutView): string[] {
  const command = (verb: string) => `npm run rollout -- ${environment} ${view.name} ${verb}`;
  if (view.aborted)
    return [
      'deploy an earlier or a corrected revision, or',
      `${command('resume')}   (this revision again, from its first step)`,
    ];
  if (view.pausedByPerson)
    return [
      `${command('resume')}   (continue)`,
      ...(view.promoted ? [] : [`${command('abort')}   (back to the stable revision)`]),
    ];
  if (view.promoted)
    return view.phase === 'Healthy'
      ? ['nothing: no revision is rolling out']
      : ['wait for the pods; what keeps them is above'];
  if (!view.revisions.some(({ role }) => role === 'stable'))
    return ['wait: a first revision has no steps and no gates, its pods need only become ready'];
  return [
    ...(view.steps.some(({ state }) => state === 'now')
      ? [`${command('promote')}   (end this step now; \`promote --full\` skips every step and gate)`]
      : []),
    `${command('pause')}   (stay here, whatever the plan says)`,
    `${command('abort')}   (back to the stable revision)`,
  ];
}
