import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { cacheDirectory } from '../../platform/cache';
import { PROJECT } from '../../platform/commands';
import { type EngineName } from '../installed-engine';
import { ENGINES, obtainEngine } from '../obtain-engine';
import { contractText, type EngineContract, type Hang } from './engine-contract';
import { measureContract } from './measure-contract';

/** Folder of the contracts that tests hold the library to. */
export const CONTRACTS = join(PROJECT, 'test', 'constructs', 'serving', 'engines', 'contracts');

/** What the command needs from outside. */
export interface EngineContractCommandProps {
  /** Receives the summary. */
  readonly print: (text: string) => void;
  /** Receives progress. */
  readonly log: (line: string) => void;
}

/** `engine-contract <engine> <version>`: measures how the real engine behaves, and writes it as JSON. */
export function engineContractCommand({ print, log }: EngineContractCommandProps): Command {
  return new Command('engine-contract')
    .description(`Starts a real engine on this machine and measures how it behaves. Engines: ${ENGINES.join(', ')}.`)
    .argument('[engine]')
    .argument('[version]')
    .option('--output <file>', 'file to write (default: where the tests read it)')
    .action(
      async (engine: string = 'no engine', version: string = 'and no version', { output }: { output?: string }) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
        const installed = await obtainEngine(engine as EngineName, version, { cacheDirectory: cacheDirectory(), log });
        const contract = await measureContract(installed, (line) => log(`${engine} ${version}: ${line}`));
        const file = output ?? join(CONTRACTS, `${engine}-${version}.json`);
        writeFileSync(file, contractText(contract));
        print(summary(contract));
        print(`written to ${file}`);
      },
    );
}

/** The contract in a few lines. */
export function summary(contract: EngineContract): string {
  const { engine, version, startup, metrics, requests, hang, drain, loading, crash, keepAlive } = contract;
  const misjudged = requests.filter(
    ({ answered, counted }) =>
      typeof answered === 'number' && answered >= 400 && answered < 500 && counted.includes('5xx'),
  );
  const after = (seconds: number | null): string => (seconds === null ? 'not by itself' : `after ${seconds} s`);
  const hung = ({ health, running, waiting, counted }: Hang): string =>
    `health ${health}, running ${running}, waiting ${waiting}, requests given up counted ${counted.join(' ') || 'nowhere'}`;
  return [
    `${engine} ${version}: ready after ${startup.seconds} s, ${metrics.length} families of metrics`,
    `answered 4xx and counted 5xx: ${misjudged.map(({ kind }) => kind).join(', ') || 'none'}`,
    `hang from idle: ${hung(hang.idle)}`,
    `hang at work: ${hung(hang.work)}`,
    `drain: streams ${drain.within.inFlight.streams}, whole answers ${drain.within.inFlight.whole}, new connections ${drain.within.newConnections}, a kept one ${drain.within.keptConnection}, health ${drain.within.health}, exit code ${drain.within.exitCode}`,
    `beyond the shutdown timeout: streams ${drain.beyond.inFlight.streams}, whole answers ${drain.beyond.inFlight.whole}, ends by itself: ${drain.beyond.endsByItself ? 'yes' : 'no'}`,
    `idle end ${after(drain.idle.seconds)}, exit code ${drain.idle.exitCode}; SIGTERM while it starts: ends ${after(loading.sigtermSeconds)}`,
    `crash: whole answers ${crash.whole}, streams ${crash.stream}, counted ${crash.counted.join(' ') || 'nowhere'}, exit code ${crash.exitCode} ${after(crash.seconds)}`,
    `connections: after a stream ${keepAlive.afterStream}, after a whole answer ${keepAlive.afterWhole}, idle for ${keepAlive.idleSeconds} s`,
  ].join('\n');
}
