import { type Act } from '../scenario/act';
import { destroy } from './5-destroy';
import { firstDeploy } from './1-first-deploy';
import { forwardAndBack } from './4-forward-and-back';
import { goodRevision } from './2-good-revision';
import { slowRevision } from './3-slow-revision';

/** The acts, in the order in which they build on each other. */
export const ACTS: readonly Act[] = [firstDeploy, goodRevision, slowRevision, forwardAndBack, destroy];
