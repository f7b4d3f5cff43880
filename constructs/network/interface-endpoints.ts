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
