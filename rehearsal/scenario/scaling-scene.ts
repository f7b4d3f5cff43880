import { GPU_NODES } from '../platform';
import { type ActRecorder } from './act-recorder';
import { type Answers, AUTOSCALING, profileOf } from './chat-load';
import { CHAT, type Deployment, type RehearsalStage } from './rehearsal-stage';

/** Has the callers of `chat` ask for other answers. */
export async function ask(
  stage: RehearsalStage,
  record: ActRecorder,
  answers: Answers,
  revisions: readonly string[],
): Promise<void> {
  await Promise.all(revisions.map((revision) => stage.simulation.setProfile(revision, profileOf(answers))));
  record.event('callers', `ask for ${answers} answers`, { label: `${answers} answers` });
}

/** Starts KEDA and lets it scale `chat`, which {@link RehearsalStage.restore} takes back. */
export async function startScaling(stage: RehearsalStage, record: ActRecorder): Promise<Deployment> {
  await stage.platform.startKeda();
  stage.afterScenes(() => stage.platform.stopKeda());
  // For the most replicas and the canary's.
  await stage.platform.addNodes({ ...GPU_NODES, namePrefix: 'gpu-more', count: 2 });
  stage.offers('keda.sh/ScaledObject');
  stage.afterScenes(() => stopScaling(stage, record));
  return stage.deploy(record, {
    models: [{ name: CHAT.service, autoscaling: AUTOSCALING }],
    stacks: ['Platform', 'Serving-chat'],
  });
}

/** KEDA has to be there for it: its finalizer is on the ScaledObject. */
async function stopScaling(stage: RehearsalStage, record: ActRecorder): Promise<void> {
  await stage.deploy(record, {
    models: [{ name: CHAT.service, autoscaling: undefined }],
    stacks: ['Platform', 'Serving-chat'],
  });
  await stage.waitForTermination();
}
