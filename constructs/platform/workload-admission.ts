import { isUnresolved } from '../checks/unresolved';

/** What the API server admits as pods in namespaces of workloads, beyond their Pod Security level. */
export interface WorkloadAdmission {
  /**
   * Registries that images may come from, with or without a path: `quay.io`, `111111111111.dkr.ecr.us-east-1.amazonaws.com/models`. An image
   * without a registry comes from `docker.io`, and without a path there from `docker.io/library`.
   *
   * @default - all
   */
  readonly allowedRegistries?: string[];

  /**
   * Labels that each pod must have, whatever their values.
   *
   * @default ['app.kubernetes.io/name']
   */
  readonly requiredLabels?: string[];
}

/** Label of pods that says what they belong to. */
export const DEFAULT_REQUIRED_LABELS = ['app.kubernetes.io/name'];

const REGISTRY = /^(?:[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?|[a-z0-9-]+:\d+|localhost)(?:\/[a-z0-9][a-z0-9._-]*)*$/;
const LABEL_KEY = /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/;

/** What is wrong with the options, one problem per line. */
export function workloadAdmissionProblems(
  path: string,
  {
    allowedRegistries,
    requiredLabels,
  }: { readonly allowedRegistries?: readonly string[]; readonly requiredLabels?: readonly string[] },
): string[] {
  const none = (option: string, values: readonly string[] | undefined, otherwise: string) =>
    values?.length === 0 ? [`${path}.${option}: expected at least one, got none; ${otherwise}`] : [];
  return [
    ...none('allowedRegistries', allowedRegistries, 'no pod would be admitted, leave it out to admit images of all'),
    ...(allowedRegistries ?? [])
      .filter((registry) => !isUnresolved(registry) && !REGISTRY.test(registry))
      .map(
        (registry) =>
          `${path}.allowedRegistries: expected registries, with or without a path, got "${registry}"; write them like quay.io and docker.io/vllm, a pattern such as * is none`,
      ),
    ...none('requiredLabels', requiredLabels, 'leave it out to ask for app.kubernetes.io/name'),
    ...(requiredLabels ?? [])
      .filter((label) => !isUnresolved(label) && !LABEL_KEY.test(label))
      .map(
        (label) =>
          `${path}.requiredLabels: expected names of labels, got "${label}"; write them like app.kubernetes.io/name`,
      ),
  ];
}

/** Those images that come from no allowed registry, as the API server judges; what is not known yet is not judged. */
export function foreignImages(images: readonly string[], allowedRegistries: readonly string[] | undefined): string[] {
  if (allowedRegistries === undefined || allowedRegistries.some(isUnresolved)) return [];
  return [...new Set(images)].filter(
    (image) =>
      !isUnresolved(image) && !allowedRegistries.some((registry) => fullName(image).startsWith(`${registry}/`)),
  );
}

/** What is wrong with images of a release, one problem per line. */
export function foreignImageProblems(
  release: string,
  images: readonly string[],
  allowedRegistries: readonly string[] | undefined,
): string[] {
  return foreignImages(images, allowedRegistries).map(
    (image) =>
      `admission.allowedRegistries: expected the registry of ${image} in the release ${release}, got ${allowedRegistries!.join(', ')}; the API server would refuse its pods: add the registry, or take the image from another`,
  );
}

/** The image with its registry: the same rule as that of the policy of admission. */
function fullName(image: string): string {
  if (/^[^/]*[.:][^/]*\/|^localhost\//.test(image)) return image;
  return image.includes('/') ? `docker.io/${image}` : `docker.io/library/${image}`;
}
