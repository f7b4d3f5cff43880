import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

/** Properties of `PodIdentityRole`. */
export interface PodIdentityRoleProps {
  /** What the role is for. */
  readonly description: string;

  /**
   * Policies to start with.
   *
   * @default - none
   */
  readonly managedPolicies?: iam.IManagedPolicy[];
}

/** A role that pods take by EKS Pod Identity. */
export class PodIdentityRole extends Construct implements iam.IGrantable {
  /** The role. */
  public readonly role: iam.Role;

  public readonly grantPrincipal: iam.IPrincipal;

  constructor(scope: Construct, id: string, props: PodIdentityRoleProps) {
    super(scope, id);
    this.role = new iam.Role(this, 'Resource', {
      description: props.description,
      assumedBy: new iam.SessionTagsPrincipal(new iam.ServicePrincipal('pods.eks.amazonaws.com')),
      managedPolicies: props.managedPolicies,
    });
    this.grantPrincipal = this.role;
  }
}
