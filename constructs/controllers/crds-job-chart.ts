import * as cdk8s from 'cdk8s';
import type { Construct } from 'constructs';
import type { NetworkPolicySpec } from 'kubernetes-types/networking/v1';
import { addRole } from '../kubernetes/add-role';
import type { ControllerCrd } from './controller-facts';
import { INTERNET } from '../network/private-ranges';
import { KUBECTL_IMAGE } from './names';
import { RESTRICTED_CONTAINER, restrictedPod } from '../policy/restricted-pod';

/** Properties of `CrdsJobChart`. */
export interface CrdsJobChartProps {
  /** Name of the controller. */
  readonly controller: string;

  /** Namespace of the Job: that of the controller. */
  readonly namespace: string;

  /** What the Job brings. */
  readonly crds: ControllerCrd[];

  /**
   * Image with kubectl.
   *
   * @default - that of Kubernetes' own registry, by tag
   */
  readonly image?: string;
}

/** Written by kubectl while it runs. */
const CACHE = '/tmp';

/**
 * A Job that brings a controller's CustomResourceDefinitions, in the version of the controller: Helm installs those that a chart
 * keeps in its folder `crds` once, and never updates them. It runs anew when what it brings changes. Nothing removes the
 * CRDs: their objects would go with them.
 */
export class CrdsJobChart extends cdk8s.Chart {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: CrdsJobChartProps,
  ) {
    super(scope, id);
    const { namespace, crds } = props;
    const name = `${props.controller}-definitions`;
    new cdk8s.ApiObject(this, 'account', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { namespace, name },
      automountServiceAccountToken: false,
    });
    addRole(
      this,
      { name },
      // An apply that creates is judged with the name, unlike other creations.
      [
        {
          apiGroups: ['apiextensions.k8s.io'],
          resources: ['customresourcedefinitions'],
          resourceNames: crds.map((crd) => crd.name),
          verbs: ['get', 'create', 'patch'],
        },
      ],
      { kind: 'ServiceAccount', namespace, name },
    );
    const labels = { 'app.kubernetes.io/name': name };
    // What it fetches has no fixed address, and the namespace lets nobody else reach the internet.
    const spec: NetworkPolicySpec = {
      podSelector: { matchLabels: labels },
      policyTypes: ['Egress'],
      egress: [{ ports: [{ port: 443, protocol: 'TCP' }], to: [INTERNET] }],
    };
    new cdk8s.ApiObject(this, 'policy', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { namespace, name },
      spec,
    });
    new cdk8s.ApiObject(this, 'job', {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { namespace, name },
      spec: {
        backoffLimit: 3,
        activeDeadlineSeconds: 300,
        template: { metadata: { labels }, spec: this.pod(name) },
      },
    });
  }

  private pod(name: string): object {
    return {
      serviceAccountName: name,
      automountServiceAccountToken: true,
      enableServiceLinks: false,
      restartPolicy: 'OnFailure',
      securityContext: restrictedPod(65532),
      containers: [
        {
          name: 'kubectl',
          image: this.props.image ?? KUBECTL_IMAGE,
          command: ['kubectl'],
          // They belong to nobody else: what Helm has installed, it does not look after.
          args: [
            'apply',
            '--server-side',
            '--force-conflicts',
            `--cache-dir=${CACHE}`,
            ...this.props.crds.map(({ url }) => `--filename=${url}`),
          ],
          resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } },
          securityContext: RESTRICTED_CONTAINER,
          volumeMounts: [{ name: 'cache', mountPath: CACHE }],
        },
      ],
      volumes: [{ name: 'cache', emptyDir: {} }],
    };
  }
}
