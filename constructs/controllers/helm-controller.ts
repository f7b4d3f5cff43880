import { Duration } from 'aws-cdk-lib';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import { Construct } from 'constructs';
import type { Controller } from './controller';

/**
 * Time that Helm gives to each single thing that it waits for. In the worst case there are five: two Jobs before an upgrade, the upgrade, one
 * before the rollback, and the rollback. The handler is killed after 15 minutes, which would leave the Helm release locked forever.
 */
const TIMEOUT = Duration.seconds(165);

/** Properties of `HelmController`. */
export interface HelmControllerProps {
  /** Cluster that gets the controller. It has a `kubectlProvider`. */
  readonly cluster: eks.ICluster;
  /** The controller. */
  readonly controller: Controller;
}

/** A third-party controller, installed by its pinned Helm chart into a namespace that exists. */
export class HelmController extends Construct {
  constructor(scope: Construct, id: string, props: HelmControllerProps) {
    super(scope, id);
    const { facts } = props.controller;
    new eks.HelmChart(this, 'Resource', {
      cluster: props.cluster,
      release: facts.name,
      namespace: facts.namespace,
      chart: facts.chart,
      repository: facts.repository,
      version: facts.version,
      values: facts.values,
      // The namespace and its Pod Security level belong to the platform's release.
      createNamespace: false,
      wait: true,
      atomic: true,
      timeout: TIMEOUT,
    });
  }
}
