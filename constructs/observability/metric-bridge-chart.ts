import * as cdk8s from 'cdk8s';
import type { Construct } from 'constructs';
import { SCALING_BLIND_ALERT, SCALING_PAUSED_ALERT } from '../autoscaling/scaling-alerts';
import { AWS_IDENTITY_LABEL, CONTENT_NAMED_ANNOTATION } from '../kubernetes/contract/names';
import { VLLM_METRICS } from '../models/vllm-metrics';
import { failedRequests, modelRequests } from '../rollout/model-requests';
import type { IBridgedModel } from './bridged-model';
import { ERROR_RATIO, HEARTBEAT, MODEL_DIMENSION, REQUEST_RATE, SCALING_ALERTS, TTFT_P95 } from './model-series';
import { RESTRICTED_CONTAINER, restrictedPod } from '../policy/restricted-pod';

/** Properties of `MetricBridgeChart`. */
export interface MetricBridgeChartProps {
  /** Models whose series are bridged. */
  readonly models: IBridgedModel[];
  /** Namespace of Prometheus and of the bridge. */
  readonly namespace: string;
  /** Address of Prometheus, as `http://<host>:<port>` or `https://<host>:<port>`. */
  readonly prometheusAddress: string;
  /** CloudWatch namespace of the series. */
  readonly metricNamespace: string;
  /** Log group through which the series reach CloudWatch. */
  readonly logGroupName: string;
  /** Region of the log group. */
  readonly region: string;
  /** Image of the AWS Distro for OpenTelemetry collector. */
  readonly image: string;
}

const NAME = 'metric-bridge';

/** Series that a model may have. */
const MODEL_SERIES = [TTFT_P95, ERROR_RATIO, REQUEST_RATE, SCALING_ALERTS];
const LABELS = { 'app.kubernetes.io/name': NAME };

/**
 * Recording rules that make a few series of each model, and a collector that reads exactly these and writes them to
 * CloudWatch. Few, because CloudWatch charges by the series.
 */
export class MetricBridgeChart extends cdk8s.Chart {
  /** Name of the collector's service account. */
  public static readonly SERVICE_ACCOUNT = NAME;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: MetricBridgeChartProps,
  ) {
    super(scope, id);
    const metadata = { namespace: props.namespace, name: NAME, labels: LABELS };
    new cdk8s.ApiObject(this, 'rules', {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata,
      spec: {
        groups: [
          {
            name: NAME,
            interval: '30s',
            rules: [...props.models.flatMap(rulesOf), { record: HEARTBEAT, expr: 'vector(1)' }],
          },
        ],
      },
    });
    new cdk8s.ApiObject(this, 'account', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata,
      automountServiceAccountToken: false,
    });
    new cdk8s.ApiObject(this, 'configuration', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { ...metadata, annotations: { [CONTENT_NAMED_ANNOTATION]: 'true' } },
      data: { 'collector.yaml': JSON.stringify(this.configuration(), undefined, 2) },
    });
    new cdk8s.ApiObject(this, 'collector', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        // Two collectors would write every value twice.
        replicas: 1,
        strategy: { type: 'Recreate' },
        selector: { matchLabels: LABELS },
        template: { metadata: { labels: { ...LABELS, [AWS_IDENTITY_LABEL]: 'required' } }, spec: this.pod() },
      },
    });
  }

  private configuration(): object {
    const [scheme, target] = this.props.prometheusAddress.split('://');
    return {
      extensions: { health_check: { endpoint: '0.0.0.0:13133' } },
      receivers: {
        prometheus: {
          config: {
            scrape_configs: [
              {
                job_name: NAME,
                scrape_interval: '60s',
                honor_labels: true,
                metrics_path: '/federate',
                params: { 'match[]': [`{__name__=~"${[...MODEL_SERIES, HEARTBEAT].join('|')}"}`] },
                scheme,
                static_configs: [{ targets: [target.replace(/\/$/, '')] }],
              },
            ],
          },
        },
      },
      exporters: {
        awsemf: {
          namespace: this.props.metricNamespace,
          log_group_name: this.props.logGroupName,
          log_stream_name: NAME,
          region: this.props.region,
          dimension_rollup_option: 'NoDimensionRollup',
          metric_declarations: [
            { dimensions: [[MODEL_DIMENSION]], metric_name_selectors: MODEL_SERIES.map((series) => `^${series}$`) },
            { dimensions: [[]], metric_name_selectors: [`^${HEARTBEAT}$`] },
          ],
        },
      },
      service: {
        extensions: ['health_check'],
        pipelines: { metrics: { receivers: ['prometheus'], exporters: ['awsemf'] } },
      },
    };
  }

  private pod(): object {
    const health = { httpGet: { path: '/', port: 13133 } };
    return {
      serviceAccountName: NAME,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: restrictedPod(4317),
      containers: [
        {
          name: 'collector',
          image: this.props.image,
          args: ['--config=/conf/collector.yaml'],
          resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '256Mi' } },
          readinessProbe: health,
          livenessProbe: { ...health, initialDelaySeconds: 30 },
          securityContext: RESTRICTED_CONTAINER,
          volumeMounts: [{ name: 'configuration', mountPath: '/conf', readOnly: true }],
        },
      ],
      volumes: [{ name: 'configuration', configMap: { name: NAME } }],
    };
  }
}

/**
 * Recording rules of a model. The label comes from the PodMonitor, which copies the pod's label `llm-platform.dev/model` onto every
 * series.
 */
export function rulesOf({ modelName, metrics = VLLM_METRICS, autoscaled = false }: IBridgedModel): object[] {
  const selector = `llm_platform_dev_model="${modelName}"`;
  // Probes and scrapes are requests as well, which the gates leave out too.
  const requests = `${selector},${modelRequests(metrics)}`;
  const labels = { [MODEL_DIMENSION]: modelName };
  const { timeToFirstToken, httpRequests, requestsRunning } = metrics;
  const rules: object[] = [];
  const add = (record: string, expr: string) => rules.push({ record, labels, expr });
  if (timeToFirstToken !== undefined)
    add(TTFT_P95, `histogram_quantile(0.95, sum by (le) (rate(${timeToFirstToken}_bucket{${selector}}[5m])))`);
  if (httpRequests !== undefined) {
    const all = `sum(rate(${httpRequests}{${requests}}[5m]))`;
    const failed = `sum(rate(${httpRequests}{${requests},${failedRequests(metrics)}}[5m]))`;
    // Without a server error yet the series of errors does not exist, which is a ratio of 0 and not an absent one.
    add(ERROR_RATIO, `(${failed} or vector(0)) / ${all}`);
    // Before its first request the counter does not exist. A replica that exports another metric was asked nothing; where none does, nobody knows.
    add(REQUEST_RATE, `${all}${requestsRunning === undefined ? '' : ` or 0 * sum(${requestsRunning}{${selector}})`}`);
  }
  if (autoscaled)
    add(
      SCALING_ALERTS,
      `count(ALERTS{alertname=~"${SCALING_BLIND_ALERT}|${SCALING_PAUSED_ALERT}",alertstate="firing",model="${modelName}"}) or vector(0)`,
    );
  return rules;
}
