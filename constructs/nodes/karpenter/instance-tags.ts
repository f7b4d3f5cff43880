import { type ITaggableV2, TagManager, TagType } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { LateMap } from '../../kubernetes/late-map';

/** Keys that Karpenter sets itself; its CRD refuses a class that names one. */
const RESERVED =
  /^(eks:eks-cluster-name$|kubernetes\.io\/cluster|karpenter\.sh\/node(pool|claim)$|karpenter\.k8s\.aws\/ec2nodeclass$)/;

/** Properties of `InstanceTags`. */
export interface InstanceTagsProps {
  /** Value of the tag `Name`. */
  readonly instanceName: string;
}

/**
 * The tags of a scope for instances that Karpenter starts: CloudFormation does not make these, so `Tags.of` finds no resource of theirs.
 * To `includeResourceTypes` and `excludeResourceTypes` they are instances.
 */
export class InstanceTags extends Construct implements ITaggableV2 {
  public readonly cdkTagManager = new TagManager(TagType.MAP, 'AWS::EC2::Instance');

  /** All tags, known when the template is written. */
  public readonly all: LateMap;

  constructor(scope: Construct, id: string, props: InstanceTagsProps) {
    super(scope, id);
    this.all = new LateMap(() => ({
      ...Object.fromEntries(Object.entries(this.cdkTagManager.tagValues()).filter(([key]) => !RESERVED.test(key))),
      Name: props.instanceName,
    }));
  }
}
