import type { Container } from 'kubernetes-types/core/v1';
import { EngineImage } from '../../../constructs/models';
import { type IInferenceEngine, LlamaCppEngine, VllmEngine, WeightsLocation } from '../../../constructs/serving';
import { processCommand, type ProcessProgram } from '../../../rehearsal/models/process-command';

function containerOf(engine: IInferenceEngine): Container {
  const { image, command, args, environment } = engine.bind({
    weights: { location: WeightsLocation.HUB, reference: 'rehearsal/chat', revision: 'r1' },
    servedModelName: 'chat',
    gpus: 1,
    maxModelLen: 2048,
    port: 8000,
    shutdownTimeoutSeconds: 10,
    cacheDirectory: '/cache',
  });
  return {
    name: 'engine',
    image,
    command,
    args,
    env: Object.entries(environment).map(([name, value]) => ({ name, value })),
    volumeMounts: ['/cache', '/tmp', '/dev/shm'].map((mountPath) => ({ name: mountPath, mountPath })),
  };
}

const VLLM: ProcessProgram = {
  engine: 'vllm',
  version: '0.32.0',
  program: '/made/bin/vllm',
  model: '/made/tiny',
  environment: { VLLM_CPU_KVCACHE_SPACE: '1' },
  addedArguments: ['--load-format=dummy', '--enforce-eager'],
  patches: ['it sleeps'],
};
const LLAMA: ProcessProgram = {
  engine: 'llama-cpp',
  version: 'b11434',
  program: '/made/llama-server',
  model: '/made/small.gguf',
  environment: {},
  addedArguments: [],
  patches: [],
};

const options = (container: Container, installed: ProcessProgram) => ({
  container,
  installed,
  port: 20123,
  directory: '/run/pods/chat-1',
});

describe('the command of a pod on this machine', () => {
  const vllm = containerOf(new VllmEngine({ image: EngineImage.fromReference('vllm/vllm-openai:v0.32.0') }));

  test('vLLM: everything that the pod says, but the program, the port, the weights and the volumes', () => {
    const { program, args, environment } = processCommand(options(vllm, VLLM));
    expect(program).toBe('/made/bin/vllm');
    const kept = vllm.args!.filter((argument) => argument !== 'rehearsal/chat' && !argument.startsWith('--port'));
    expect(kept.length).toBeGreaterThan(5);
    expect(args).toEqual([
      'serve',
      '/made/tiny',
      ...vllm.args!.slice(1).map((argument) => (argument === '--port=8000' ? '--port=20123' : argument)),
      '--host=127.0.0.1',
      '--load-format=dummy',
      '--enforce-eager',
    ]);
    expect(args).toEqual(expect.arrayContaining(kept));
    const given = Object.fromEntries(
      vllm.env!.map(({ name, value = '' }) => [name, value.replace(/^\/cache/, '/run/pods/chat-1/cache')]),
    );
    expect(environment).toEqual({ PATH: process.env.PATH, ...given, VLLM_CPU_KVCACHE_SPACE: '1' });
  });

  test('tells every change', () => {
    const { changes } = processCommand(options(vllm, VLLM));
    expect(changes).toEqual(
      expect.arrayContaining([
        'program: vllm → /made/bin/vllm',
        'port: 8000 → 20123',
        'weights: rehearsal/chat → /made/tiny',
        'path: /cache/vllm → /run/pods/chat-1/cache/vllm',
        'added arguments: --host=127.0.0.1 --load-format=dummy --enforce-eager',
        'added environment: VLLM_CPU_KVCACHE_SPACE=1',
        'package: it sleeps',
      ]),
    );
    expect(changes.filter((change) => !/^(program|port|weights|path|added|package)/.test(change))).toEqual([]);
  });

  test('llama.cpp takes the values of flags as arguments of their own', () => {
    const container = containerOf(
      new LlamaCppEngine({
        image: EngineImage.fromReference('ghcr.io/ggml-org/llama.cpp:server-cuda-b11434'),
        file: 'small.gguf',
      }),
    );
    const { args, changes } = processCommand(options(container, LLAMA));
    expect(args.slice(0, 8)).toEqual([
      '--model',
      '/made/small.gguf',
      '--alias',
      'chat',
      '--host',
      '127.0.0.1',
      '--port',
      '20123',
    ]);
    expect(args.slice(8)).toEqual(container.args!.slice(8));
    expect(changes).toContain('address: 0.0.0.0 → 127.0.0.1');
  });

  test('a variable that is not a value is refused', () => {
    const container = {
      ...vllm,
      env: [{ name: 'HF_TOKEN', valueFrom: { secretKeyRef: { name: 'hub', key: 'token' } } }],
    };
    expect(() => processCommand(options(container, VLLM))).toThrow('env HF_TOKEN: expected a value, got a reference');
  });
});
