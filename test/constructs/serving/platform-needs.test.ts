import { Duration, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  Accelerator,
  GpuSharing,
  LlmPlatform,
  type LlmPlatformProps,
  ModelRouting,
  ModelService,
  type ModelServiceProps,
  type PlatformCapabilities,
  RolloutStrategy,
} from '../../../constructs';
import { testApp } from '../../support/app';

const ENV = { account: '111111111111', region: 'us-east-1' };
const network = { availabilityZones: ['us-east-1a', 'us-east-1b'] };
const accelerator = Accelerator.G6E_XLARGE;
const model = { repository: 'Qwen/Qwen3-8B', revision: 'b968826d9c46dd6066d109eabc6255188de91218' };
const routing = ModelRouting.prefixAware({ gatewayName: 'a', gatewayNamespace: 'b', hostname: 'chat.example.com' });
const autoscaling = { minReplicas: 1, maxReplicas: 2 };
const timings = { startupBudget: Duration.minutes(5) };

/** What synth says of a model on a platform of another app. */
function missing(capabilities: PlatformCapabilities | undefined, options: Partial<ModelServiceProps> = {}): string[] {
  const stack = new Stack(testApp(), 'llm-chat', { env: ENV });
  const platform = LlmPlatform.fromLlmPlatformAttributes(stack, 'Platform', {
    clusterName: 'llm',
    platformServiceToken: 'platform',
    modelServiceToken: 'model',
    capabilities,
  });
  return new ModelService(stack, 'Chat', { platform, model, accelerator, timings, ...options }).node.validate();
}

const [nodes] = [[{ accelerator, nodes: 3 }]];

test('all that a platform lacks is said at once, where a synth fails', () => {
  const app = testApp();
  const platform = new LlmPlatform(new Stack(app, 'llm', { env: ENV }), 'Platform', { network });
  const stack = new Stack(app, 'llm-chat', { env: ENV });
  const options = { platform, model, accelerator, autoscaling, compileCache: true, routing, timings };
  new ModelService(stack, 'Chat', options);
  expect(() => Template.fromStack(stack)).toThrow(
    [
      'Validation failed with the following errors:',
      '  [llm-chat/Chat] autoscaling: expected KEDA on the platform, got none; set controllers.autoscaling of the platform, or leave autoscaling out',
      '  [llm-chat/Chat] routing: expected rights of endpoint pickers on the platform, got none; set controllers.endpointPickers of the platform, or leave routing out',
      '  [llm-chat/Chat] compileCache: expected a compile cache for "chat" on the platform, got none; name the model in addCompileCache of the platform, or leave compileCache out',
      '  [llm-chat/Chat] accelerator: expected nodes with g6e.xlarge on the platform, got none; ask for them by addNodes of the platform, or take another instance type',
    ].join('\n'),
  );
});

test('an image that the API server would refuse is refused at synth', () => {
  expect(missing({ allowedRegistries: ['quay.io'] })).toEqual([
    expect.stringMatching(
      /^admission\.allowedRegistries: expected the registry of \S*vllm-openai:\S+ in the release chat, got quay\.io; the API server would refuse its pods: add the registry, or take the image from another$/,
    ),
  ]);
  expect(missing({ allowedRegistries: ['docker.io/vllm'] })).toEqual([]);
  expect(missing({})).toEqual([]);
});

test('nodes may be added after the model, and controllers be those of an existing cluster', () => {
  const app = testApp();
  const controllers = { autoscaling: true, leaderWorkerSet: true, endpointPickers: true };
  const synthesized = (props: Partial<LlmPlatformProps>, id: string, later: (platform: LlmPlatform) => void) => {
    const platform = new LlmPlatform(new Stack(app, id, { env: ENV }), 'Platform', { network, ...props });
    const stack = new Stack(app, `${id}-chat`, { env: ENV });
    const chat = new ModelService(stack, 'Chat', { platform, model, accelerator, autoscaling, routing, timings });
    later(platform);
    return chat.node.validate();
  };
  expect(
    synthesized({ controllers }, 'own', (platform) =>
      platform.addNodes(new Stack(app, 'nodes', { env: ENV }), 'Gpus', { accelerator, nodes: 3 }),
    ),
  ).toEqual([]);
  expect(synthesized({ controllers, capacity: { gpus: 4, pods: 4 } }, 'theirs', () => undefined)).toEqual([]);
});

test('what a platform does not say is not checked', () => {
  const everything = { autoscaling, compileCache: true, routing };
  expect(missing(undefined, everything)).toEqual([]);
  expect(missing({ nodes, autoscaling: true, endpointPickers: true, compileCache: ['chat'] }, everything)).toEqual([]);
});

test('a model names what it has asked for', () => {
  expect(missing({ leaderWorkerSet: false, nodes: [{ accelerator, nodes: 9 }] }, { nodes: 2 })).toEqual([
    'nodes: expected LeaderWorkerSet, for a replica of 2 nodes, on the platform, got none; set controllers.leaderWorkerSet of the platform, or leave nodes out',
  ]);
  expect(missing({ compileCache: ['coder'] }, { compileCache: true })).toEqual([
    'compileCache: expected a compile cache for "chat" on the platform, got none; name the model in addCompileCache of the platform, or leave compileCache out',
  ]);
  expect(missing({ nodes: [{ accelerator: Accelerator.G6_XLARGE, nodes: 3 }] })).toEqual([
    'accelerator: expected nodes with g6e.xlarge on the platform, got those with g6.xlarge; ask for them by addNodes of the platform, or take another instance type',
  ]);
  expect(missing({ nodes }, { gpuSharing: GpuSharing.timeSlicing(2) })).toEqual([
    'gpuSharing: expected that of the nodes with g6e.xlarge, whole GPUs, got time-slicing by 2; give model and nodes the same',
  ]);
});

describe('room on the nodes', () => {
  const two = { nodes: [{ accelerator, nodes: 2 }] };

  test('is asked for at the height of a rollout', () => {
    expect(missing(two)).toEqual([
      'replicas: expected at most what 2 nodes with g6e.xlarge have room for, got 2, and 1 more during a rollout; ask for 3 nodes by addNodes of the platform, or for fewer replicas',
    ]);
    expect(missing(two, { autoscaling: { minReplicas: 2, maxReplicas: 4 } })).toEqual([
      'autoscaling.maxReplicas: expected at most what 2 nodes with g6e.xlarge have room for, got 4, and 1 more during a rollout; ask for 5 nodes by addNodes of the platform, or for fewer replicas',
    ]);
    expect(missing(two, { rollout: RolloutStrategy.rolling({ maxSurge: 0, maxUnavailable: 1 }) })).toEqual([]);
  });

  test('counts what a node holds', () => {
    const large = Accelerator.G6E_12XLARGE;
    const one = { nodes: [{ accelerator: large, nodes: 1 }] };
    expect(missing(one, { accelerator: large, gpus: 1 })).toEqual([]);
    expect(missing(one, { accelerator: large, gpus: 4 })).toEqual([
      expect.stringContaining('got 2, and 1 more during a rollout; ask for 3 nodes'),
    ]);
    const sharing = GpuSharing.timeSlicing(2);
    const shared = { nodes: [{ accelerator: Accelerator.G6E_2XLARGE, nodes: 2, sharing }] };
    expect(missing(shared, { accelerator: Accelerator.G6E_2XLARGE, gpuSharing: sharing })).toEqual([]);
  });

  /** What synth says of two models on a platform. */
  const together = (first: Partial<ModelServiceProps>, second: Partial<ModelServiceProps>, count: number) => {
    const app = testApp();
    const platform = new LlmPlatform(new Stack(app, 'llm', { env: ENV }), 'Platform', { network });
    platform.addNodes(new Stack(app, 'gpus', { env: ENV }), 'Gpus', {
      accelerator: first.accelerator ?? accelerator,
      nodes: count,
    });
    const given = { platform, model, accelerator, timings };
    return [
      new ModelService(new Stack(app, 'llm-chat', { env: ENV }), 'Chat', { ...given, ...first }),
      new ModelService(new Stack(app, 'llm-coder', { env: ENV }), 'Coder', { ...given, ...second }),
    ].flatMap((service) => service.node.validate());
  };

  test('is asked for by all models together, once', () => {
    expect(together({}, {}, 5)).toEqual([
      'replicas: expected at most what 5 nodes with g6e.xlarge have room for beside chat, got 2, and 1 more during a rollout; ask for 6 nodes by addNodes of the platform, or for fewer replicas',
    ]);
    expect(together({}, { replicas: 1 }, 5)).toEqual([]);
    expect(together({}, { replicas: 9 }, 5)).toEqual([
      expect.stringContaining('got 9, and 3 more during a rollout; ask for 12 nodes'),
    ]);
  });

  test('of pods of different sizes is what they have when they are packed well', () => {
    const large = Accelerator.G6E_12XLARGE;
    // Of the catalog's models none is cut in three.
    const other = { ...model, repository: 'example/model' };
    const on = (gpus: number, replicas: number) => ({ model: other, accelerator: large, gpus, replicas });
    expect(together(on(2, 1), on(1, 3), 2)).toEqual([]);
    expect(together(on(3, 1), on(1, 1), 2)).toEqual([]);
    expect(together(on(4, 1), on(1, 1), 2)).toEqual([expect.stringContaining('2 nodes with g6e.12xlarge')]);
    expect(together(on(3, 1), on(3, 1), 3)).toEqual([expect.stringContaining('ask for 4 nodes')]);
  });

  test('is that of one cluster: other stages have their own', () => {
    const app = testApp();
    const services = ['staging', 'production'].map((id) => {
      const stage = new Stage(app, id, { env: ENV });
      const platform = new LlmPlatform(new Stack(stage, 'llm'), 'Platform', { network, clusterName: 'llm' });
      platform.addNodes(new Stack(stage, 'gpus'), 'Gpus', { accelerator, nodes: 3 });
      return new ModelService(new Stack(stage, 'llm-chat'), 'Chat', { platform, model, accelerator, timings });
    });
    expect(services.flatMap((service) => service.node.validate())).toEqual([]);
  });

  test('of a platform that was created elsewhere is one, however often it is named', () => {
    const app = testApp();
    const services = ['Chat', 'Coder'].map((id) => {
      const stack = new Stack(app, `llm-${id}`, { env: ENV });
      const platform = LlmPlatform.fromLlmPlatformAttributes(stack, 'Platform', {
        clusterName: 'llm',
        platformServiceToken: 'platform',
        modelServiceToken: 'model',
        capabilities: { nodes: [{ accelerator, nodes: 5 }] },
      });
      return new ModelService(stack, id, { platform, model, accelerator, timings });
    });
    expect(services.flatMap((service) => service.node.validate())).toEqual([
      expect.stringContaining('5 nodes with g6e.xlarge have room for beside chat'),
    ]);
  });
});
