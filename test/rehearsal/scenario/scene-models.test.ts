import { rehearsal } from '../../../environments/rehearsal';
import { checkEnvironment } from '../../../lib/environment/environment-checks';
import { CHAT_MODEL, SMALL_MODEL } from '../../../rehearsal/engines-scene/real-models';
import { AUTOSCALING } from '../../../rehearsal/scenario/chat-load';
import { MODEL as EMBED_MODEL } from '../../../rehearsal/scenario/karpenter-scene';
import { type ModelChange } from '../../../rehearsal/scenario/rehearsal-stage';

// Scenes are read here and not played; Jest cannot load the client, an ES module.
jest.mock('@kubernetes/client-node', () => ({ KubernetesObjectApi: class {}, ApiException: class {} }));

test.each<[string, ModelChange]>([
  ['real engines, vLLM', CHAT_MODEL],
  ['real engines, llama.cpp', SMALL_MODEL],
  ['nodes on demand', EMBED_MODEL],
  ['autoscaling', { name: 'chat', autoscaling: AUTOSCALING }],
])('the model of a scene is one that can be deployed: %s', (_, model) => {
  expect(checkEnvironment(rehearsal({ models: [model] }))).toEqual([]);
});
