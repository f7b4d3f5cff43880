import { type Act } from '../scenario/act';
import { CANARY_FAULTS } from './canary-faults';
import { RELEASE_FAULTS } from './release-faults';

/** Every fault that the rehearsal can inject. */
export const FAULTS: readonly Act[] = [...CANARY_FAULTS, ...RELEASE_FAULTS];
