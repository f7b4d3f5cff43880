import { COMPILE_CACHE_DIRECTORY } from './model-storage';
import { importedWeights, type PodAddition } from './model-weights-pod';
import { type ResolvedModel } from './resolved-model';

/** Everything that is added to the pod of a model, feature by feature. */
export function podAdditions(settings: ResolvedModel): PodAddition[] {
  return [hubToken(settings), configFiles(settings), compileCache(settings), importedWeights(settings)];
}

/** Name of the ConfigMap with a model's files, before the release names it by its content. */
export function configName(settings: ResolvedModel): string {
  return `${settings.model}-config`;
}

/** Whether the model has files of its own. */
export function hasConfig(settings: ResolvedModel): boolean {
  return Object.keys(settings.configFiles).length > 0;
}

function hubToken({ hubTokenSecretName: name }: ResolvedModel): PodAddition {
  return name === undefined
    ? {}
    : { environment: [{ name: 'HF_TOKEN', valueFrom: { secretKeyRef: { name, key: 'token' } } }] };
}

function configFiles(settings: ResolvedModel): PodAddition {
  if (!hasConfig(settings)) return {};
  return {
    volumes: [{ name: 'config', configMap: { name: configName(settings) } }],
    mounts: [{ name: 'config', mountPath: '/etc/engine', readOnly: true }],
  };
}

/** The engine is told the directory when it is bound: it has variables of its own for each compiler. */
function compileCache({ compileCacheClaim: claimName }: ResolvedModel): PodAddition {
  if (claimName === undefined) return {};
  return {
    volumes: [{ name: 'compile-cache', persistentVolumeClaim: { claimName } }],
    mounts: [{ name: 'compile-cache', mountPath: COMPILE_CACHE_DIRECTORY }],
  };
}
