import { type Act } from '../scenario/act';
import { CANARY_FAULTS } from './canary-faults';
import { DETACHED_FAULTS } from './detached-faults';
import { DRIFT_FAULTS } from './drift-faults';
import { ENGINE_FAULTS } from './engine-faults';
import { RELEASE_FAULTS } from './release-faults';

/** Every fault that the rehearsal can inject. */
export const FAULTS: readonly Act[] = [
  ...CANARY_FAULTS,
  ...ENGINE_FAULTS,
  ...DETACHED_FAULTS,
  ...RELEASE_FAULTS,
  ...DRIFT_FAULTS,
];
