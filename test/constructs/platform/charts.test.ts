import * as cdk8s from 'cdk8s';
import { Controller } from '../../../constructs/controllers';
import { CrdsChart } from '../../../constructs/controllers/crds-chart';
import { CrdsJobChart } from '../../../constructs/controllers/crds-job-chart';
import { ModelRbacChart } from '../../../constructs/platform/model-rbac-chart';
import { NamespacesChart } from '../../../constructs/platform/namespaces-chart';
import { PrometheusServiceChart } from '../../../constructs/platform/prometheus-service-chart';
import { StorageChart } from '../../../constructs/platform/storage-chart';

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}
interface KubernetesObject {
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: Record<string, unknown>;
  rules: Rule[];
  [field: string]: unknown;
}

const render = (build: (app: cdk8s.App) => cdk8s.Chart) => build(new cdk8s.App()).toJson() as KubernetesObject[];
const find = (objects: KubernetesObject[], kind: string, name: string, namespace?: string) => {
  const found = objects.find(
    (object) => object.kind === kind && object.metadata.name === name && object.metadata.namespace === namespace,
  );
  if (!found) throw new Error(`no ${kind} ${namespace}/${name}`);
  return found;
};

describe('NamespacesChart', () => {
  const objects = render((app) => new NamespacesChart(app, 'test', { quota: NamespacesChart.quotaFor(6, 5) }));

  test('holds models to the restricted level, and names their tier', () => {
    expect(find(objects, 'Namespace', 'models').metadata.labels).toMatchObject({
      'llm-platform.dev/tier': 'model',
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
    expect(find(objects, 'Namespace', 'argo-rollouts').metadata.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
    expect(find(objects, 'Namespace', 'monitoring').metadata.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'baseline',
    });
  });

  test('limits GPUs to twice what exists, so that pods that drain do not hold up a rollout', () => {
    expect(find(objects, 'ResourceQuota', 'models', 'models').spec).toEqual({
      hard: { 'requests.nvidia.com/gpu': '12', pods: '40', 'services.loadbalancers': '0', 'services.nodeports': '0' },
    });
  });

  test('lets models answer names and refuses everything else', () => {
    expect(find(objects, 'NetworkPolicy', 'default-deny', 'models').spec).toEqual({
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
    });
    expect(JSON.stringify(find(objects, 'NetworkPolicy', 'allow-dns', 'models').spec)).toContain('"port":53');
  });

  test('lets callers beside the models out to them, by a label', () => {
    expect(find(objects, 'NetworkPolicy', 'allow-calls-to-models', 'models').spec).toEqual({
      podSelector: { matchLabels: { 'llm-platform.dev/calls-models': 'true' } },
      policyTypes: ['Egress'],
      egress: [
        {
          to: [{ podSelector: { matchExpressions: [{ key: 'llm-platform.dev/model', operator: 'Exists' }] } }],
          ports: [{ protocol: 'TCP', port: 8000 }],
        },
      ],
    });
  });

  test.each(['argo-rollouts', 'monitoring'])(
    'refuses controllers in %s what nobody asked for, both ways',
    (namespace) => {
      expect(find(objects, 'NetworkPolicy', 'default-deny', namespace).spec).toEqual({
        podSelector: {},
        policyTypes: ['Ingress', 'Egress'],
      });
      const egress = JSON.stringify(find(objects, 'NetworkPolicy', 'allow-cluster', namespace).spec.egress);
      expect(egress).toContain('10.0.0.0/8');
      expect(egress).not.toMatch(/0\.0\.0\.0\/0|169\.254/);
    },
  );

  test('lets the rollout controller reach Prometheus and the API server the operator', () => {
    const rules = JSON.stringify(find(objects, 'NetworkPolicy', 'allow-platform', 'monitoring').spec);
    expect(rules).toContain('"kubernetes.io/metadata.name":"argo-rollouts"');
    expect(rules).toContain('"port":9090');
    expect(rules).toContain('"port":10250');
  });

  test('makes only the namespace of models where controllers run elsewhere', () => {
    const few = render(
      (app) => new NamespacesChart(app, 'test', { quota: NamespacesChart.quotaFor(1, 1), controllers: false }),
    );
    expect(few.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name)).toEqual(['models']);
  });
});

describe('ModelRbacChart', () => {
  const objects = render((app) => new ModelRbacChart(app, 'test'));
  const verbs = (role: string, group: string, resource: string) =>
    find(objects, 'Role', role, 'models')
      .rules.filter((rule) => rule.apiGroups.includes(group) && rule.resources.includes(resource))
      .flatMap((rule) => rule.verbs);

  test('lets model releases write what a model consists of', () => {
    for (const [group, resource] of [
      ['argoproj.io', 'rollouts'],
      ['argoproj.io', 'analysistemplates'],
      ['', 'services'],
      ['', 'configmaps'],
      ['', 'serviceaccounts'],
      ['policy', 'poddisruptionbudgets'],
      ['networking.k8s.io', 'networkpolicies'],
      ['monitoring.coreos.com', 'podmonitors'],
      ['coordination.k8s.io', 'leases'],
      ['autoscaling', 'horizontalpodautoscalers'],
      ['keda.sh', 'scaledobjects'],
      ['gateway.networking.k8s.io', 'httproutes'],
      ['inference.networking.k8s.io', 'inferencepools'],
      ['leaderworkerset.x-k8s.io', 'leaderworkersets'],
    ])
      expect(verbs('model-releases', group, resource)).toEqual(expect.arrayContaining(['create', 'patch', 'delete']));
    for (const [group, resource] of [
      ['', 'pods'],
      ['apps', 'replicasets'],
      ['argoproj.io', 'analysisruns'],
    ]) {
      expect(verbs('model-releases', group, resource)).toEqual(['get', 'list', 'watch']);
    }
  });

  test('never lets them widen their own rights or read secrets', () => {
    const { rules } = find(objects, 'Role', 'model-releases', 'models');
    expect(rules.flatMap((rule) => rule.apiGroups)).not.toContain('rbac.authorization.k8s.io');
    expect(rules.flatMap((rule) => rule.resources)).not.toContain('secrets');
    expect(rules.flatMap((rule) => [...rule.apiGroups, ...rule.resources, ...rule.verbs])).not.toContain('*');
    // Outside of the namespace they may see that it is there, and nothing else.
    const outside = objects.filter(({ kind }) => kind !== 'Role' && kind !== 'RoleBinding');
    expect(outside.filter(({ kind }) => !kind.startsWith('ValidatingAdmissionPolicy')).map(({ kind }) => kind)).toEqual(
      ['ClusterRole', 'ClusterRoleBinding'],
    );
    expect(outside[0].rules).toEqual([
      { apiGroups: [''], resources: ['namespaces'], resourceNames: ['models'], verbs: ['get'] },
    ]);
  });

  test('holds operators to the fields of their verbs, and nobody else', () => {
    const policies = objects.filter(
      ({ kind, metadata: { name } }) => kind === 'ValidatingAdmissionPolicy' && name.includes('operators'),
    );
    expect(policies).toHaveLength(2);
    for (const {
      metadata: { name },
      spec,
    } of policies) {
      expect(spec).toMatchObject({
        failurePolicy: 'Fail',
        matchConditions: [
          { expression: "has(request.userInfo.groups) && 'llm-platform:operators' in request.userInfo.groups" },
        ],
      });
      expect(find(objects, 'ValidatingAdmissionPolicyBinding', name).spec).toEqual({
        policyName: name,
        validationActions: ['Deny'],
      });
    }
    // Every object that they may write is under one of them.
    const written = find(objects, 'Role', 'operators', 'models').rules.filter(({ verbs }) =>
      verbs.some((verb) => !['get', 'list', 'watch'].includes(verb)),
    );
    expect(written.flatMap(({ verbs }) => verbs)).toEqual(['patch', 'patch']);
    const limited = policies.flatMap(({ spec }) =>
      (spec.matchConstraints as { resourceRules: { resources: string[] }[] }).resourceRules.flatMap(
        ({ resources }) => resources,
      ),
    );
    for (const resource of written.flatMap(({ resources }) => resources)) expect(limited).toContain(resource);
  });

  test('binds the groups of the two', () => {
    expect(find(objects, 'RoleBinding', 'model-releases', 'models').subjects).toEqual([
      { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'llm-platform:model-releases' },
    ]);
    expect(verbs('operators', 'argoproj.io', 'rollouts')).toContain('patch');
    expect(verbs('operators', '', 'services')).toEqual([]);
  });

  test('lets operators do, and pipelines see, what the verbs of a rollout need', () => {
    const seen = [
      ['argoproj.io', 'rollouts'],
      ['argoproj.io', 'analysisruns'],
      ['apps', 'replicasets'],
      ['', 'pods'],
      ['keda.sh', 'scaledobjects'],
      ['leaderworkerset.x-k8s.io', 'leaderworkersets'],
    ];
    for (const role of ['operators', 'viewers']) {
      for (const [group, resource] of seen)
        expect(verbs(role, group, resource)).toEqual(expect.arrayContaining(['get', 'list']));
      expect(find(objects, 'Role', role, 'models').rules.flatMap((rule) => rule.resources)).not.toContain('secrets');
    }
    for (const resource of ['rollouts', 'rollouts/status']) {
      expect(verbs('operators', 'argoproj.io', resource)).toContain('patch');
      expect(verbs('viewers', 'argoproj.io', resource)).not.toContain('patch');
    }
    // The command that ends a forgotten pause of scaling is an annotation.
    expect(verbs('operators', 'keda.sh', 'scaledobjects')).toContain('patch');
    expect(verbs('viewers', 'keda.sh', 'scaledobjects')).not.toContain('patch');
    expect(find(objects, 'RoleBinding', 'viewers', 'models').subjects).toEqual([
      { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'llm-platform:viewers' },
    ]);
  });
});

test('StorageChart makes an encrypted default class whose volumes wait for their pod', () => {
  const [gp3] = render((app) => new StorageChart(app, 'test'));
  expect(gp3).toMatchObject({
    kind: 'StorageClass',
    metadata: { name: 'gp3', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: 'ebs.csi.aws.com',
    parameters: { encrypted: 'true' },
    volumeBindingMode: 'WaitForFirstConsumer',
  });
  expect(gp3).not.toHaveProperty('allowedTopologies');
});

test('StorageChart by the driver of EKS Auto Mode makes volumes for its nodes alone', () => {
  const [gp3] = render((app) => new StorageChart(app, 'test', { provisioner: 'ebs.csi.eks.amazonaws.com' }));
  expect(gp3).toMatchObject({
    provisioner: 'ebs.csi.eks.amazonaws.com',
    allowedTopologies: [{ matchLabelExpressions: [{ key: 'eks.amazonaws.com/compute-type', values: ['auto'] }] }],
  });
});

test('PrometheusServiceChart selects the Prometheus of the catalog under the name that gates use', () => {
  const [service] = render(
    (app) => new PrometheusServiceChart(app, 'test', { prometheus: Controller.PROMETHEUS_NAME }),
  );
  expect(service).toMatchObject({
    metadata: { namespace: 'monitoring', name: 'prometheus' },
    spec: { selector: { 'operator.prometheus.io/name': 'prometheus' }, ports: [{ port: 9090 }] },
  });
});

test('CrdsChart passes CRDs on unchanged', () => {
  const crd = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'a.b.c' },
    spec: { group: 'b.c' },
  };
  expect(render((app) => new CrdsChart(app, 'test', { crds: [crd] }))).toEqual([crd]);
});

test('CrdsJobChart brings CRDs by name, with rights for these alone', () => {
  const {
    facts: { name, namespace, crds = [] },
  } = Controller.LEADER_WORKER_SET;
  const objects = render((app) => new CrdsJobChart(app, 'test', { controller: name, namespace, crds }));
  expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`)).toEqual([
    'ServiceAccount lws-system/lws-definitions',
    'ClusterRole /lws-definitions',
    'ClusterRoleBinding /lws-definitions',
    'NetworkPolicy lws-system/lws-definitions',
    'Job lws-system/lws-definitions',
  ]);
  const names = [
    'leaderworkersets.leaderworkerset.x-k8s.io',
    'disaggregatedsets.disaggregatedset.x-k8s.io',
    'disaggregatedsetrolescalers.disaggregatedset.x-k8s.io',
  ];
  expect(objects[1].rules).toEqual([
    {
      apiGroups: ['apiextensions.k8s.io'],
      resources: ['customresourcedefinitions'],
      resourceNames: names,
      verbs: ['get', 'create', 'patch'],
    },
  ]);
  const { template } = find(objects, 'Job', 'lws-definitions', 'lws-system').spec as {
    template: { spec: { containers: [{ args: string[] }] } };
  };
  expect(template.spec.containers[0].args.slice(4)).toEqual(
    [
      'leaderworkerset.x-k8s.io_leaderworkersets',
      'disaggregatedset.x-k8s.io_disaggregatedsets',
      'disaggregatedset.x-k8s.io_disaggregatedsetrolescalers',
    ].map(
      (file) =>
        `--filename=https://raw.githubusercontent.com/kubernetes-sigs/lws/v0.10.0/config/crd/bases/${file}.yaml`,
    ),
  );
});

describe('Controller', () => {
  test('pins each chart and every image', () => {
    const controllers = Object.values(Controller).filter((value) => value instanceof Controller);
    expect(controllers).toEqual(expect.arrayContaining(Controller.required()));
    for (const { facts } of controllers) {
      expect(facts.version).toMatch(/^v?\d+\.\d+\.\d+$/);
      expect(facts.repository).toMatch(/^(https|oci):\/\//);
      expect(facts.name.length).toBeLessThanOrEqual(53);
      facts.images.forEach(({ reference }) =>
        expect(reference).toMatch(/^[\w.-]+\.[\w.-]+\/[\w./-]+:v?\d[\w.-]+(@sha256:[0-9a-f]{64})?$/),
      );
    }
  });

  test('names those that every cluster needs, Prometheus before what asks for its kinds', () => {
    expect(Controller.required().map(({ facts }) => facts.name)).toEqual(['prometheus-stack', 'argo-rollouts']);
  });
});
