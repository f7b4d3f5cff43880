import { App } from 'aws-cdk-lib';
import { production, rehearsal, staging } from '../../environments';
import { addEnvironments } from '../../lib/platform-app';
import { variants } from './variants';

// What the checks of CI synthesize: the environments of this repository, and those that use what they leave out.
addEnvironments(
  new App({
    context: { environment: ['staging', 'production', 'rehearsal', ...variants.map(({ name }) => name)].join(',') },
  }),
  [staging, production],
  [rehearsal(), ...variants],
);
