import * as cdk8s from 'cdk8s';
import type { Construct } from 'constructs';
import { TIER_LABEL } from './namespaces-chart';
import { DEFAULT_REQUIRED_LABELS, type WorkloadAdmission } from './workload-admission';

const API_VERSION = 'admissionregistration.k8s.io/v1';

/** Variable that the policy computes before it judges. */
interface Variable {
  readonly name: string;
  readonly expression: string;
}

/**
 * Policies of admission for pods in namespaces of workloads: where their images may come from, and which labels they must have. Root, privileges,
 * the host's files and network are refused there by Pod Security.
 *
 * What a pod has already is not judged again, so that a pod which is older than a policy can still end.
 */
export class WorkloadAdmissionChart extends cdk8s.Chart {
  constructor(
    scope: Construct,
    id: string,
    { allowedRegistries, requiredLabels = DEFAULT_REQUIRED_LABELS }: WorkloadAdmission,
  ) {
    super(scope, id);
    if (allowedRegistries) this.limitImages(allowedRegistries);
    this.requireLabels(requiredLabels);
  }

  private limitImages(registries: readonly string[]): void {
    const lists = ['containers', 'initContainers', 'ephemeralContainers'];
    const imagesOf = (object: string): string =>
      lists
        .map(
          (list) =>
            `(has(${object}.spec.${list}) ? ${object}.spec.${list}.map(each, has(each.image) ? each.image : '') : [])`,
        )
        .join(' + ');
    this.policy(
      'llm-platform-workload-images',
      ['pods', 'pods/ephemeralcontainers'],
      [
        { name: 'before', expression: `oldObject == null ? [] : ${imagesOf('oldObject')}` },
        {
          name: 'images',
          expression: `(${imagesOf('object')}).filter(image, !(image in variables.before))`,
        },
        { name: 'registries', expression: listOf(registries.map((registry) => `${registry}/`)) },
        {
          name: 'foreign',
          // Without a registry an image comes from Docker Hub, and a kubelet adds what is missing.
          expression:
            "variables.images.filter(image, !variables.registries.exists(registry, (image.matches('^[^/]*[.:][^/]*/|^localhost/') ? image : image.contains('/') ? 'docker.io/' + image : 'docker.io/library/' + image).startsWith(registry)))",
        },
      ],
      'foreign',
      `'images may only come from ' + ${textOf(registries.join(', '))} + ', got ' + variables.foreign.join(', ') + '; take them from there, or add the registry to the platform'`,
    );
  }

  private requireLabels(required: readonly string[]): void {
    const labelsOf = (object: string): string => `(has(${object}.metadata.labels) ? ${object}.metadata.labels : {})`;
    this.policy(
      'llm-platform-workload-labels',
      ['pods'],
      [
        {
          name: 'missing',
          expression: `${listOf(required)}.filter(label, !(label in ${labelsOf('object')}) && (oldObject == null || label in ${labelsOf('oldObject')}))`,
        },
      ],
      'missing',
      "'pods need the labels ' + variables.missing.join(', ') + ', got none; add them to the template of the workload'",
    );
  }

  /** Refuses a pod where the last variable names something. */
  private policy(
    name: string,
    resources: readonly string[],
    variables: readonly Variable[],
    refused: string,
    messageExpression: string,
  ): void {
    new cdk8s.ApiObject(this, name, {
      apiVersion: API_VERSION,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], resources, operations: ['CREATE', 'UPDATE'] }],
        },
        variables,
        validations: [{ expression: `size(variables.${refused}) == 0`, reason: 'Forbidden', messageExpression }],
      },
    });
    new cdk8s.ApiObject(this, `${name}-binding`, {
      apiVersion: API_VERSION,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: {
        policyName: name,
        validationActions: ['Deny'],
        matchResources: { namespaceSelector: { matchLabels: { [TIER_LABEL]: 'model' } } },
      },
    });
  }
}

/** A list of texts in CEL; what the problems of the options let through has no quotes. */
function listOf(values: readonly string[]): string {
  return `[${values.map(textOf).join(', ')}]`;
}

function textOf(value: string): string {
  return `'${value}'`;
}
