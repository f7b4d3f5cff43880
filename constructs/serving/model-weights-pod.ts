import { ApiObject, type Chart } from 'cdk8s';
import type { Container, EnvVar, Volume, VolumeMount } from 'kubernetes-types/core/v1';
import type { NetworkPolicyEgressRule } from 'kubernetes-types/networking/v1';
import { isUnresolved } from '../checks/unresolved';
import { AWS_IDENTITY_LABEL, CONTENT_NAMED_ANNOTATION } from '../kubernetes/contract/names';
import { INTERNET } from '../network/private-ranges';
import { storedWeightsProblems } from '../weights/stored-weights-problems';
import { weightsEgress, weightsFiles, weightsPod } from '../weights/weights-pod';
import { WeightsLocation } from './inference-engine';
import { type ResolvedModel } from './resolved-model';
import { weightsOf } from './weights-location';

/** What one feature of a model adds to its pod. */
export interface PodAddition {
  /** Containers that run to their end, in this order, before the engine starts. */
  readonly initContainers?: Container[];
  /** Volumes of the pod. */
  readonly volumes?: Volume[];
  /** Mounts of the engine's container. */
  readonly mounts?: VolumeMount[];
  /** Variables of the engine's container. */
  readonly environment?: EnvVar[];
}

/** Name of the ConfigMap with the program that verifies weights, before the release names it by its content. */
function weightsConfigName({ model }: ResolvedModel): string {
  return `${model}-weights`;
}

/** What imported weights add to the pod of a model; nothing where the engine downloads them itself. */
export function importedWeights(settings: ResolvedModel): PodAddition {
  const { weights, engine, cpus, memoryMib, cacheSizeMib } = settings;
  return weights === undefined
    ? {}
    : weightsPod(weights, {
        configName: weightsConfigName(settings),
        engineImage: engine.image,
        cpus,
        memoryMib,
        sizeMib: cacheSizeMib,
      });
}

/** Labels of the pods of a model that say that they read its weights by a role of AWS. */
export function weightsLabels({ weights }: ResolvedModel): Record<string, string> {
  return weights === undefined ? {} : { [AWS_IDENTITY_LABEL]: 'required' };
}

/** Adds the ConfigMap with the program that verifies weights, where a model has imported ones. */
export function addWeightsProgram(chart: Chart, settings: ResolvedModel): void {
  if (settings.weights === undefined) return;
  new ApiObject(chart, 'WeightsProgram', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: weightsConfigName(settings), annotations: { [CONTENT_NAMED_ANNOTATION]: 'true' } },
    data: weightsFiles(settings.weightsProgram!),
  });
}

/** What a model may reach to get its weights. */
export function weightsRoutes({ weights, repository, revision }: ResolvedModel): NetworkPolicyEgressRule[] {
  return [
    ...(weights === undefined ? [] : weightsEgress(weights)),
    // The hub and the storage behind it have no fixed addresses, but they are on the internet: neither the VPC and what is connected to
    // it, nor the cluster's services, nor the instance's metadata service are among them.
    ...(weights === undefined && weightsOf(repository, revision).location !== WeightsLocation.DIRECTORY
      ? [{ ports: [{ port: 443, protocol: 'TCP' }], to: [INTERNET] }]
      : []),
  ];
}

/** What is wrong with the imported weights of a model, one problem per line; empty when nothing is. */
export function modelWeightsProblems({
  weights,
  hubTokenSecretName,
  adapters,
  repository,
  revision,
  engine,
}: ResolvedModel): string[] {
  if (weights === undefined) return [];
  return [
    ...storedWeightsProblems(weights, { repository, revision }),
    ...(hubTokenSecretName === undefined
      ? []
      : [
          'hubTokenSecretName: expected none beside weights, got one; give the token to import-weights, the engine reaches no hub',
        ]),
    ...adapters.flatMap(({ path }, index) =>
      isUnresolved(path) || path.startsWith('/')
        ? []
        : [
            `adapters[${index}].path: expected a directory in the container beside weights, got ${JSON.stringify(path)}; the engine reaches no hub`,
          ],
    ),
    ...(engine.python === false && weights.verifyImage === undefined
      ? [
          "weights.verifyImage: expected an image with python3, got none; the engine's own has no Python to verify the weights with, name another",
        ]
      : []),
  ];
}
