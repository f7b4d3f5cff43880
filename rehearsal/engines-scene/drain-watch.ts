import { type ModelsClient } from '../models/client';
import { type LoadTarget } from '../models/models-api';
import { type LongAnswer, longAnswer } from './long-answer';

const LOOK_MS = 200;

/**
 * Sends each pod of a revision that begins to end one more answer which outlasts its preStop hook, so that SIGTERM finds it in
 * flight.
 */
export class DrainWatch {
  private readonly answers = new Map<string, Promise<LongAnswer>>();
  private timer?: NodeJS.Timeout;

  constructor(private readonly simulation: ModelsClient, private readonly target: LoadTarget, private readonly revision: string, private readonly tokens: number) {}

  public start(): void {
    this.timer = setInterval(() => void this.look().catch(() => undefined), LOOK_MS);
  }

  /** @returns how the answers ended, one a pod that was drained */
  public async stop(): Promise<LongAnswer[]> {
    clearInterval(this.timer);
    return Promise.all(this.answers.values());
  }

  private async look(): Promise<void> {
    const { namespace, service } = this.target;
    for (const pod of await this.simulation.pods()) {
      const ours = pod.namespace === namespace && pod.name.startsWith(`${service}-`) && pod.revision === this.revision;
      if (ours && pod.terminating && !this.answers.has(pod.name)) this.answers.set(pod.name, longAnswer(pod.port, this.tokens));
    }
  }
}
