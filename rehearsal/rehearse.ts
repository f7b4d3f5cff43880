import * as path from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { ACTS, SCENES } from './acts';
import { ENGINE_ACTS, goodRevisions } from './engines-scene';
import { obtainRealEngines } from './engines-scene/installed-engines';
import { writeVerdicts } from './engines-scene/verdicts';
import { FAULTS } from './faults';
import { ModelsClient } from './models/client';
import { hasSceneProgram, startRehearsalPlatform, type RehearsalPlatform } from './platform';
import { cacheDirectory } from './platform/cache';
import { choosePlan, type RehearsalPlan } from './rehearsal-plan';
import { reasons, renderSummary } from './report/console';
import { Progress } from './report/progress';
import { type ActReport, type RehearsalReport } from './report/types';
import { judge } from './report/verdict';
import { writeReport } from './report/write-report';
import { type Act, perform } from './scenario/act';
import { ActRecorder } from './scenario/act-recorder';
import { partsOf } from './scenario/parts';
import { CHAT, RehearsalStage } from './scenario/rehearsal-stage';

interface Options {
  readonly engines: 'simulated' | 'real';
  readonly goodRevisions?: number;
  readonly keep?: boolean;
  readonly act?: number;
  readonly fault?: readonly string[];
  readonly json?: boolean;
  readonly quickBuilds?: boolean;
  readonly binaries?: string;
  readonly crds?: string;
  readonly report: string;
}

/**
 * Runs the rehearsal: the acts, and the faults that were asked for.
 *
 * @returns the exit code of the process
 */
export async function rehearse(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv);
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  let platform: RehearsalPlatform | undefined;
  try {
    platform = await startRehearsalPlatform({ binaries: options.binaries, crds: options.crds, log });
    const report = await play(platform, options, log);
    const files = writeReport(report, options.report);
    if (options.engines === 'real' && options.goodRevisions === undefined) writeVerdicts(report, options.report);
    process.stdout.write(
      options.json
        ? `${JSON.stringify(report, undefined, 1)}\n`
        : renderSummary(report, {
            color: process.stdout.isTTY && process.stdout.hasColors(),
            width: process.stdout.columns ?? 120,
            files,
          }),
    );
    if (options.keep) await keep(platform, log);
    return report.passed ? 0 : 1;
  } catch (error) {
    log(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    await platform?.stop();
  }
}

async function play(
  platform: RehearsalPlatform,
  options: Options,
  log: (line: string) => void,
): Promise<RehearsalReport> {
  const startedAt = new Date().toISOString();
  const progress = new Progress(process.stderr);
  const { acts, opening, scenes: all, faults, closing } = planOf(options);
  const scenes = options.quickBuilds ? all.filter((scene) => !waitsLong(scene, options)) : all;
  for (const scene of all.filter((each) => !scenes.includes(each)))
    log(
      `${scene.id.replace('-', ' ')} is left out: its programs take more than five minutes to build, and are not in the cache`,
    );
  const needed = [...new Set(scenes.flatMap(({ needs = [] }) => needs))];
  for (const program of needed) await platform.sceneProgram(program);
  const engines = options.engines === 'real' ? await obtainRealEngines(platform, log) : undefined;
  progress.begin('prepare', `${options.engines} engines, Prometheus and cdk bootstrap`);
  const targetsFile = path.join(platform.logDirectory, 'targets.json');
  // It ends with this process, whatever that dies of.
  const simulation = await ModelsClient.start({
    kubeconfig: platform.kubeconfig,
    targetsFile,
    engines,
    logFile: path.join(platform.logDirectory, 'models.log'),
    onGroup: (group) => platform.recordGroup(group),
  });
  platform.stopFirst('models', () => simulation.stop());
  await Promise.all([platform.prometheus.start(targetsFile), platform.bootstrap()]);
  progress.end(true);
  const stage = new RehearsalStage(platform, simulation);
  const show = async (act: Act): Promise<ActReport> => {
    progress.begin(act.id.replace('-', ' '), act.title);
    const report = await perform(
      act,
      stage,
      new ActRecorder(stage.client, simulation, CHAT, (step) => progress.step(step)),
    );
    progress.end(report.passed);
    // A run that is ended before its report is written has said why all the same.
    if (!report.passed) reasons(report).forEach(log);
    return report;
  };

  const reports: { acts: ActReport[]; faults: ActReport[] } = { acts: [], faults: [] };
  for (const act of opening) reports.acts.push(await show(act));
  for (const scene of scenes)
    reports.acts.push({ ...(await show(scene)), number: acts.length + 1 + SCENES.indexOf(scene) });
  await stage.restore();
  for (const fault of faults) reports.faults.push(await show(fault));
  for (const act of closing) reports.acts.push({ ...(await show(act)), number: acts.indexOf(act) + 1 });
  const parts = partsOf(platform, engines && { ...engines, runs: await simulation.engineRuns() });
  await simulation.stop();
  return judge({ startedAt, finishedAt: new Date().toISOString(), parts, ...reports });
}

/** Whether a scene needs a program that takes long to build and is not there yet. */
export function waitsLong({ needs = [] }: Pick<Act, 'needs'>, { binaries }: Pick<Options, 'binaries'>): boolean {
  return needs.some(
    (program) => program.slow && !hasSceneProgram(program, { directory: binaries, cacheDirectory: cacheDirectory() }),
  );
}

/** What is played, and the acts by which it is numbered. */
function planOf(options: Options): RehearsalPlan & { readonly acts: readonly Act[] } {
  const engineActs = options.goodRevisions === undefined ? ENGINE_ACTS : goodRevisions(options.goodRevisions);
  return options.engines === 'real'
    ? { acts: engineActs, ...choosePlan({ acts: engineActs, scenes: [], faults: [] }, options) }
    : { acts: ACTS, ...choosePlan({ acts: ACTS, scenes: SCENES, faults: FAULTS }, options) };
}

function readOptions(argv: readonly string[]): Options {
  const names = FAULTS.map(({ id }) => id.replace('fault-', ''));
  const last = ACTS.length + SCENES.length;
  const command = new Command('rehearse')
    .description(
      'Deploys a simulated model to a real control plane on this machine, and shows a good revision promoted and a bad one rolled back.',
    )
    .option('--keep', 'leave everything running at the end, until Ctrl-C')
    .option(
      '--act <number>',
      `play the acts up to this one, 1 to ${ACTS.length}; or a further scene, up to ${last}, which builds programs of its own`,
      wholeNumber(last, `1 to ${last}`),
    )
    .option(
      '--fault <name>',
      `inject a fault after the acts, or all of them with "all"; may be given again: ${names.join(', ')}`,
      (name, before: string[] = []) => {
        if (name !== 'all' && !names.includes(name))
          throw new InvalidArgumentError(`expected all or one of ${names.join(', ')}, got ${name}`);
        return [...before, name];
      },
    )
    .addOption(
      new Option(
        '--engines <kind>',
        'simulated engines, or real ones on CPUs: an act of their own for each of their faults, installed once (4 GB)',
      )
        .choices(['simulated', 'real'])
        .default('simulated'),
    )
    .option(
      '--good-revisions <number>',
      'with real engines: so many good revisions in a row, of which none may be aborted, instead of the faults',
      wholeNumber(Infinity, 'a whole number from 1'),
    )
    .option(
      '--quick-builds',
      'leave out scenes whose programs take more than five minutes to build and are not in the cache',
    )
    .option('--json', 'print the report as JSON on standard output')
    .option('--binaries <folder>', 'folder with the programs of the control plane')
    .option('--crds <folder>', 'folder with CustomResourceDefinitions')
    .option('--report <folder>', 'where to write rehearsal-report.html and rehearsal-report.json', '.')
    .parse(argv);
  const options = command.opts<Options>();
  if (options.engines === 'real' && options.fault !== undefined)
    command.error('--fault: expected simulated engines, got real ones, whose faults are acts; leave it out');
  if (options.engines === 'simulated' && options.goodRevisions !== undefined)
    command.error('--good-revisions: expected --engines real beside it, got simulated engines; add it');
  if (options.engines === 'real' && (options.act ?? 1) > ENGINE_ACTS.length)
    command.error(`--act: expected 1 to ${ENGINE_ACTS.length} with real engines, got ${options.act}`);
  return options;
}

function wholeNumber(last: number, expected: string): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!Number.isInteger(number) || number < 1 || number > last)
      throw new InvalidArgumentError(`expected ${expected}, got ${text}`);
    return number;
  };
}

/** Waits for Ctrl-C, which ends the process through the platform's own handler. */
async function keep(platform: RehearsalPlatform, log: (line: string) => void): Promise<void> {
  log(
    `still running: KUBECONFIG=${platform.kubeconfig}, Prometheus at ${platform.prometheus.url}, AWS endpoint ${platform.awsEnv.AWS_ENDPOINT_URL}; Ctrl-C ends it`,
  );
  await new Promise<void>(() => {
    setInterval(() => undefined, 60_000);
  });
}
