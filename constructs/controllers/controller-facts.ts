/** What a controller brings into the cluster, for the check that nothing refers to what nobody provides. */
export interface ControllerProvisions {
  /** Kinds that it defines, as `<group>/<kind>`. */
  readonly kinds: string[];
  /**
   * Services that it makes, as `<namespace>/<name>`.
   *
   * @default - none
   */
  readonly services?: string[];
}

/** An image that a chart runs. */
export interface ControllerImage {
  /** The image, as `<registry>/<repository>:<tag>`; with its digest where the chart says it. */
  readonly reference: string;
  /** Path in the chart's values of what names the image by `repository` and `tag`, such as `image.manager`. */
  readonly values: string;
  /**
   * Whether `registry` is a value of its own beside `repository`.
   *
   * @default false
   */
  readonly registryApart?: boolean;
}

/** A CustomResourceDefinition that is no part of what Helm updates. */
export interface ControllerCrd {
  /** Name, as `<plural>.<group>`. */
  readonly name: string;
  /** Address of its YAML, of the same version as the controller. Several may be in one file. */
  readonly url: string;
}

/** Facts of a third-party controller. */
export interface ControllerFacts {
  /** Name of the Helm release; fixed, because renaming a release removes the controller with everything it runs. */
  readonly name: string;
  /** Namespace it runs in. */
  readonly namespace: string;
  /** Name of the Helm chart. */
  readonly chart: string;
  /** Repository of the Helm chart. */
  readonly repository: string;
  /** Version of the Helm chart. */
  readonly version: string;
  /** Values of the Helm chart. */
  readonly values: { readonly [key: string]: unknown };
  /** Images that the chart runs with these values, which they are added to. */
  readonly images: ControllerImage[];
  /**
   * CRDs that the chart keeps in its folder `crds`: Helm installs those once and never updates them.
   *
   * @default - none: the chart brings its CRDs so that they are updated
   */
  readonly crds?: ControllerCrd[];
  /** What it brings into the cluster. */
  readonly provides: ControllerProvisions;
}
