import { renderSummary } from '../../../rehearsal/report/console';
import { renderPage } from '../../../rehearsal/report/page';
import type { ActReport, RehearsalReport } from '../../../rehearsal/report/types';
import { judge } from '../../../rehearsal/report/verdict';
import { failedFindings, findings } from './fixture';

const HOSTILE = '</script><script>alert("x")</script>\' onload=\'<img src=x>&amp;\u001b[31m\u0007';

function every(report: RehearsalReport): readonly ActReport[] {
  return [...report.acts, ...report.faults];
}

/** The page's text as a reader sees it, with entities read. */
function textOf(page: string): string {
  return page
    .replace(/<(style|script)[^>]*>.*?<\/\1>/gs, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ');
}

describe('the page', () => {
  const report = judge(findings());
  const page = renderPage(report);

  test('shows every act with its verdict, story, checks, durations and events', () => {
    const text = textOf(page);
    expect(text).toContain('The rehearsal passed');
    for (const act of every(report)) {
      expect(page).toContain(`id="${act.id}"`);
      expect(page).toContain(`href="#${act.id}"`);
      const said = [
        act.title,
        act.story,
        ...act.assertions.flatMap(({ text: check, detail }) => [check, detail ?? check]),
        ...act.events.map((event) => event.text),
        ...act.durations.map(({ name }) => name.split(': ')[0]),
      ];
      expect(said.filter((line) => !text.includes(line))).toEqual([]);
    }
  });

  test('names every part with its version under what it is', () => {
    const groups = [...page.matchAll(/class="kind (\w+)".*?<\/tbody>/gs)].map(([group, kind]) => ({
      kind,
      text: textOf(group),
    }));
    expect(groups.map(({ kind }) => kind)).toEqual(['real', 'emulated', 'simulated']);
    for (const part of report.parts) {
      expect(groups.find(({ kind }) => kind === part.kind)!.text).toContain(`${part.name} ${part.version}`);
    }
  });

  test('loads nothing: no address in an attribute, in the style or in the script', () => {
    const addressed = [...page.matchAll(/(?:src|href|action|data|xmlns(?::\w+)?)="([^"]*)"/g)].map(
      ([, address]) => address,
    );
    expect(addressed.filter((address) => !address.startsWith('#') && address !== 'data:,')).toEqual([]);
    expect(page).not.toMatch(/https?:\/\/|@import|url\(|import\(|fetch\(/);
    expect(page).toMatch(/Content-Security-Policy" content="default-src 'none'/);
  });

  test('gives a revision the same color in every act', () => {
    const shown = [...page.matchAll(/"label":"[^"]*?(r\d[\w-]*)","color":"(\w+)"/g)].map(
      ([, revision, color]) => `${revision} ${color}`,
    );
    const revisions = new Set(shown.map((pair) => pair.split(' ')[0]));
    expect(revisions.size).toBeGreaterThan(3);
    expect(new Set(shown).size).toBe(revisions.size);
  });

  test('holds its plots twice, for wide and narrow screens, with the limit and the markers drawn', () => {
    const act = page.slice(page.indexOf('id="act-3"'), page.indexOf('id="act-4"'));
    for (const layout of ['wide', 'narrow']) {
      const plot = act.slice(act.indexOf(`class="plot ${layout}"`)).split('</svg>')[0];
      expect(plot).toContain('class="limit"');
      expect(textOf(plot)).toContain('limit 1.5 × stable');
      expect(textOf(plot)).toContain('first bad sample');
      expect(plot).not.toMatch(/NaN|Infinity|undefined/);
    }
  });

  test('stays small, also with twenty-one acts of three minutes measured every second', () => {
    expect(page.length).toBeLessThan(400_000);
    const long = report.acts[2];
    const begin = Date.parse(long.startedAt);
    const points = Array.from(
      { length: 180 },
      (_, i) => [new Date(begin + i * 1000).toISOString(), Math.sin(i) + 1] as const,
    );
    const act = {
      ...long,
      finishedAt: new Date(begin + 180_000).toISOString(),
      series: long.series.map((series) =>
        series.unit === 'pods' || series.panel === 'Traffic weight' ? series : { ...series, points },
      ),
    };
    const acts = Array.from({ length: 21 }, (_, i) => ({ ...act, id: `act-${i}` }));
    expect(renderPage(judge({ ...findings(), acts, faults: [] })).length).toBeLessThan(1_500_000);
  });

  test('escapes whatever it is given, wherever it is put', () => {
    const hostile = (act: ActReport): ActReport => ({
      ...act,
      title: HOSTILE,
      story: HOSTILE,
      promised: HOSTILE,
      output: HOSTILE,
      assertions: [{ text: HOSTILE, passed: false, detail: HOSTILE }],
      durations: [{ name: HOSTILE, seconds: 1 }],
      events: [{ at: act.startedAt, source: HOSTILE, text: HOSTILE, marker: { label: HOSTILE } }],
      series: act.series.map((series) => ({
        ...series,
        panel: HOSTILE,
        unit: HOSTILE,
        name: HOSTILE,
        revision: HOSTILE,
      })),
    });
    const all = findings();
    const bad = renderPage(
      judge({
        ...all,
        acts: all.acts.map(hostile),
        faults: all.faults.map(hostile),
        parts: [{ name: HOSTILE, version: HOSTILE, kind: 'real', note: HOSTILE }],
      }),
    );
    const markup = bad.replace(/<script type="application\/json">.*?<\/script>/g, '');
    expect(['<script>alert', '<img', "' onload"].filter((text) => markup.includes(text))).toEqual([]);
    expect(['<script>alert', '\u001b', '\u0007'].filter((text) => bad.includes(text))).toEqual([]);
    expect([...bad.matchAll(/<script/g)].length).toBe([...bad.matchAll(/<\/script>/g)].length);
    expect(textOf(bad)).toContain('</script><script>alert("x")</script>');
  });
});

describe('the page of a run that failed', () => {
  const report = judge(failedFindings());
  const page = renderPage(report);

  test('says so in its title, its head, and a list of what failed before everything else', () => {
    expect(page).toContain('<title>Failed: ');
    const beforeOverview = textOf(page.slice(0, page.indexOf('id="overview"')));
    expect(beforeOverview).toContain('The rehearsal failed: 2 of 8');
    expect(beforeOverview).toContain('nothing of the failed revision is left');
    expect(beforeOverview).toContain('found ConfigMap/chat-engine-6fd5b, expected none');
    expect(beforeOverview).toContain('the next cdk deploy works without repair');
    expect(page.match(/<article class="card act bad"/g)).toHaveLength(2);
  });

  test('shows the plots of a failed fault, and folds those of the others away', () => {
    const section = (id: string) =>
      page
        .slice(
          page.indexOf(
            `<article class="card act `.concat(page.includes(`act bad" id="${id}"`) ? 'bad' : 'good', `" id="${id}"`),
          ),
        )
        .split('</article>')[0];
    expect(section('fault-crash-loop')).not.toContain('<summary>Plots');
    expect(section('fault-prometheus-down')).toContain('<summary>Plots');
  });

  test('an act that broke off before its checks says so', () => {
    const all = findings();
    const broken = { ...all.acts[0], passed: false };
    const text = textOf(
      renderPage(
        judge({
          ...all,
          acts: [broken, { ...broken, id: 'act-9', assertions: [], series: [], events: [], output: '' }],
        }),
      ),
    );
    expect(text).toContain('It ended before everything was checked.');
    expect(text).toContain('It ended before anything was checked.');
  });
});

test('losses that an act intends are not counted against the run', () => {
  const all = findings();
  const text = textOf(renderPage(judge(all)));
  expect(text).toContain('none lost');
  expect(text).toContain('7 intended');
  const unintended = all.faults.map((fault) => ({ ...fault, requests: { ...fault.requests, lossExpected: false } }));
  expect(textOf(renderPage(judge({ ...all, faults: unintended })))).toContain('7 lost.');
});

test('an act that ran alone keeps its number', () => {
  const all = findings();
  const report = judge({ ...all, acts: [{ ...all.acts[2], number: 3 }], faults: [] });
  expect(textOf(renderPage(report))).toContain('act 3 A revision with a latency regression is taken back');
  expect(renderSummary(report, { color: false, width: 100 })).toMatch(/^act 3 /m);
});

test('series without a value, with one, or outside the act do no harm', () => {
  const all = findings();
  const act = all.acts[0];
  const series = (points: ActReport['series'][number]['points']) => ({ panel: 'P', unit: 's', name: 'n', points });
  const page = renderPage(
    judge({
      ...all,
      faults: [],
      acts: [
        {
          ...act,
          finishedAt: act.startedAt,
          series: [
            series([]),
            series([[act.startedAt, null]]),
            series([[act.startedAt, 0]]),
            series([['2020-01-01T00:00:00Z', 5]]),
            series([['never', NaN]]),
          ],
        },
      ],
    }),
  );
  expect(page).toContain('class="plot wide"');
  expect(page).not.toMatch(/NaN|Infinity/);
});
