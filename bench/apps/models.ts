import { App } from 'aws-cdk-lib';
import { staging } from '../../environments';
import { PlatformStage } from '../../lib/stage';

// One environment with as many models as the environment variable says.
const [first] = staging.models;
const models = Array.from({ length: Number(process.env.BENCH_STACKS) }, (_, index) => ({
  ...first,
  name: `model-${index}`,
}));
new PlatformStage(new App(), 'bench', { environment: { ...staging, name: 'bench', models } });
