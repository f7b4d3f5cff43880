import { type Act } from '../scenario/act';
import { autoscaling } from './8-autoscaling';
import { destroy } from './5-destroy';
import { firstDeploy } from './1-first-deploy';
import { forwardAndBack } from './4-forward-and-back';
import { goodRevision } from './2-good-revision';
import { noCapacity } from './7-no-capacity';
import { nodesOnDemand } from './6-nodes-on-demand';
import { slowRevision } from './3-slow-revision';

/** The acts, in the order in which they build on each other. */
export const ACTS: readonly Act[] = [firstDeploy, goodRevision, slowRevision, forwardAndBack, destroy];

/** Further scenes, which need programs of their own; they are played only when they are asked for, before the last act. */
export const SCENES: readonly Act[] = [nodesOnDemand, noCapacity, autoscaling];
