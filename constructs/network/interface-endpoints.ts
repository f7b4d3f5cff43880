import * as ec2 from 'aws-cdk-lib/aws-ec2';

/**
 * Services with an endpoint in a new network, where nothing else is asked for. Each is charged by the hour and zone, so each has a
 * caller in every cluster; what only some clusters call (SQS and SSM for Karpenter, STS for roles of service accounts) goes through NAT.
 */
export const INTERFACE_ENDPOINTS = [
  // The network plugin and the storage driver; Karpenter.
  ec2.InterfaceVpcEndpointAwsService.EC2,
  // The kubelet, for each image of an add-on or of a registry of one's own.
  ec2.InterfaceVpcEndpointAwsService.ECR,
  ec2.InterfaceVpcEndpointAwsService.ECR_DOCKER,
  // The bridge of metrics.
  ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
  // Nodes that join; the function that installs charts.
  ec2.InterfaceVpcEndpointAwsService.EKS,
  // The agent of Pod Identity, for each pod with a role.
  ec2.InterfaceVpcEndpointAwsService.EKS_AUTH,
];

/**
 * Services with an endpoint in a network whose way to the internet is an allow-list, where nothing else is asked for: all that constructs of this library
 * call from inside the network, but for models at AWS: name `BEDROCK_RUNTIME` or `SAGEMAKER_RUNTIME` beside these. S3 has its gateway. IAM and the price list, which Karpenter calls, have endpoints in few regions.
 */
export const ENDPOINTS_OF_SERVICES_IN_USE = [
  ...INTERFACE_ENDPOINTS,
  // The function that installs charts.
  ec2.InterfaceVpcEndpointAwsService.STS,
  // Karpenter: warnings of EC2, and ids of node images. The agent of Systems Manager on nodes.
  ec2.InterfaceVpcEndpointAwsService.SQS,
  ec2.InterfaceVpcEndpointAwsService.SSM,
  ec2.InterfaceVpcEndpointAwsService.SSM_MESSAGES,
  ec2.InterfaceVpcEndpointAwsService.EC2_MESSAGES,
  // The driver of the compile cache.
  ec2.InterfaceVpcEndpointAwsService.ELASTIC_FILESYSTEM,
  // External Secrets; the AWS Load Balancer Controller.
  ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  ec2.InterfaceVpcEndpointAwsService.ELASTIC_LOAD_BALANCING,
];
