import { App } from 'aws-cdk-lib';
import { staging } from '../../environments';
import { PlatformStage } from '../../lib/stage';
import { modelsOf } from '../engine-models';

// One environment with as many models, on the engines that the environment variables say.
const models = modelsOf(staging.models[0], Number(process.env.BENCH_STACKS), process.env.BENCH_ENGINES ?? 'vllm');
new PlatformStage(new App(), 'bench', { environment: { ...staging, name: 'bench', models } });
