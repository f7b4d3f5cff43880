/** The Kubernetes identity under which a release is applied. */
export enum ReleaseTier {
  /** Cluster administrator: CRDs, namespaces, RBAC and controllers. */
  PLATFORM = 'platform',
  /** Group `llm-platform:model-releases`, which RBAC binds in namespaces that hold models. */
  MODEL = 'model',
}
