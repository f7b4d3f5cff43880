import { Annotations, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { LlmPlatform, ReleaseProvider } from '../../constructs';
import { testApp } from '../support/app';
import { chartOf, configMap } from '../support/release';

interface Given {
  /** The type, as an example sees it. */
  readonly type: string;
  /** The value, when an example is run. */
  readonly value: (stack: Stack) => unknown;
}

const cdk = (name: string, module = '') => `import('aws-cdk-lib${module && `/${module}`}').${name}`;
const ours = (name: string) => `import('cdk-llm-platform').${name}`;

/** What examples may use without declaring it. */
export const GIVEN: Readonly<Record<string, Given>> = {
  stack: { type: cdk('Stack'), value: (stack) => stack },
  nodes: {
    type: cdk('Stack'),
    value: (stack) =>
      new Stack(stack.node.root, 'ExampleNodes', { env: { account: stack.account, region: stack.region } }),
  },
  vpc: { type: cdk('IVpc', 'aws-ec2'), value: vpcOf },
  cluster: { type: cdk('ICluster', 'aws-eks-v2'), value: clusterOf },
  nodeRole: {
    type: cdk('IRole', 'aws-iam'),
    value: (stack) => iam.Role.fromRoleArn(stack, 'GivenRole', 'arn:aws:iam::111111111111:role/nodes'),
  },
  provider: {
    type: ours('IReleaseProvider'),
    value: (stack) =>
      ReleaseProvider.fromReleaseProviderAttributes(stack, 'GivenReleases', {
        clusterName: 'llm-staging',
        platformServiceToken: 'arn:platform',
        modelServiceToken: 'arn:model',
      }),
  },
  platform: {
    type: ours('ILlmPlatform'),
    value: (stack) =>
      LlmPlatform.fromLlmPlatformAttributes(stack, 'GivenPlatform', {
        clusterName: 'llm-staging',
        platformServiceToken: 'arn:platform',
        modelServiceToken: 'arn:model',
        externalSecretsRole: iam.Role.fromRoleArn(
          stack,
          'GivenSecretsRole',
          'arn:aws:iam::111111111111:role/external-secrets',
        ),
      }),
  },
  chart: { type: "import('cdk8s').Chart", value: () => chartOf(configMap('settings')) },
};

/** A stack of its own for one example. */
export function exampleStack(): Stack {
  const stack = new Stack(testApp(), 'Example', { env: { account: '111111111111', region: 'us-east-1' } });
  // The subnets that are given belong to nobody.
  Annotations.of(stack).acknowledgeWarning('@aws-cdk/aws-eks:clusterMustManuallyTagSubnet');
  return stack;
}

function vpcOf(stack: Stack): ec2.IVpc {
  const existing = stack.node.tryFindChild('GivenVpc') as ec2.IVpc | undefined;
  return (
    existing ??
    ec2.Vpc.fromVpcAttributes(stack, 'GivenVpc', {
      vpcId: 'vpc-1',
      availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'],
      privateSubnetIds: ['subnet-1', 'subnet-2', 'subnet-3'],
      privateSubnetRouteTableIds: ['rtb-1', 'rtb-2', 'rtb-3'],
    })
  );
}

function clusterOf(stack: Stack): eks.ICluster {
  return eks.Cluster.fromClusterAttributes(stack, 'GivenCluster', {
    vpc: vpcOf(stack),
    clusterName: 'llm-staging',
    clusterEndpoint: 'https://cluster.example',
    clusterCertificateAuthorityData: 'Q0E=',
    clusterSecurityGroupId: 'sg-1',
    kubectlProvider: eks.KubectlProvider.fromKubectlProviderAttributes(stack, 'GivenKubectl', {
      serviceToken: 'arn:kubectl',
      role: iam.Role.fromRoleArn(stack, 'GivenKubectlRole', 'arn:aws:iam::111111111111:role/kubectl'),
    }),
  });
}
