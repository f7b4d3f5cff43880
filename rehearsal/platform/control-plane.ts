import { existsSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { ClusterClient } from '../../kubernetes-client/cluster-client';
import { holds, referenceTo } from '../../kubernetes-client/objects';
import type { LocatedPrograms } from './binaries';
import { ControlPlaneFiles, type ControlPlaneFilesOptions, type Identity } from './control-plane-files';
import { type FakeNodeGroup, fakeNodes } from './fake-nodes';
import type { ManagedProcess } from './managed-process';
import type { ProgramName } from './programs';
import type { StartProcess } from './run';

/** Names of the control plane's loopback ports. */
export const CONTROL_PLANE_PORTS = ['etcd', 'etcdPeer', 'apiServer', 'controllerManager', 'scheduler', 'kwok'] as const;

/** How to start the control plane. */
export interface ControlPlaneOptions extends Omit<ControlPlaneFilesOptions, 'apiServerUrl'> {
  readonly programs: LocatedPrograms;
  readonly ports: Readonly<Record<(typeof CONTROL_PLANE_PORTS)[number], number>>;
  /** Starts a program that ends with the run. */
  readonly start: StartProcess;
  /** @default - no nodes */
  readonly nodes?: readonly FakeNodeGroup[];
}

/**
 * A real control plane on loopback: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, and kwok, which keeps
 * fake nodes ready.
 *
 * The programs are started directly rather than by kwokctl, so that the API server alone can be ended and started again
 * in a second.
 */
export class ControlPlane {
  readonly url: string;
  /** Kubeconfig of the cluster administrator. */
  readonly kubeconfig: string;
  /** Token of the cluster administrator. */
  readonly adminToken: string;
  private readonly files: ControlPlaneFiles;
  private authority?: string;
  private administrator?: ClusterClient;
  private apiServer?: ManagedProcess;

  /** Writes the files; nothing runs before `launch`. */
  constructor(private readonly options: ControlPlaneOptions) {
    this.url = `https://127.0.0.1:${options.ports.apiServer}`;
    this.files = new ControlPlaneFiles({ ...options, apiServerUrl: this.url });
    this.kubeconfig = this.files.kubeconfig('admin');
    this.adminToken = this.files.tokens.admin;
  }

  /** Certificate authority of the API server, PEM. */
  get certificateAuthority(): string {
    if (this.authority === undefined)
      throw new Error('the certificate authority exists only once the API server has started');
    return this.authority;
  }

  /** File of the certificate authority; it exists once the API server has started. */
  get certificateAuthorityFile(): string {
    return this.files.path('ca.crt');
  }

  /** Kubeconfig of a part of the rehearsal; the file exists once the API server has started. */
  kubeconfigOf(identity: Identity): string {
    return this.files.kubeconfig(identity);
  }

  /** Calls the API server as cluster administrator. */
  get client(): ClusterClient {
    this.administrator ??= new ClusterClient({
      server: this.url,
      token: this.adminToken,
      ca: this.certificateAuthority,
    });
    return this.administrator;
  }

  /** Starts everything and waits until it is ready. */
  async launch(): Promise<void> {
    const { ports } = this.options;
    const peer = `http://127.0.0.1:${ports.etcdPeer}`;
    const client = `http://127.0.0.1:${ports.etcd}`;
    await this.start(
      'etcd',
      [
        `--data-dir=${this.files.path('etcd')}`,
        '--name=rehearsal',
        '--unsafe-no-fsync',
        `--listen-client-urls=${client}`,
        `--advertise-client-urls=${client}`,
        `--listen-peer-urls=${peer}`,
        `--initial-advertise-peer-urls=${peer}`,
        `--initial-cluster=rehearsal=${peer}`,
      ],
      async () => (await fetch(`${client}/health`)).ok,
    );
    await this.startApiServer();
    await Promise.all([this.startControllerManager(), this.startScheduler(), this.startKwok()]);
    await Promise.all((this.options.nodes ?? []).map((group) => this.addNodes(group)));
  }

  /** Adds nodes and waits until they are ready. */
  async addNodes(group: FakeNodeGroup): Promise<void> {
    const nodes = fakeNodes(group);
    await Promise.all(nodes.map((node) => this.client.create(node)));
    const deadline = Date.now() + 60_000;
    for (;;) {
      const found = await Promise.all(nodes.map((node) => this.client.find(referenceTo(node))));
      if (found.every((node) => holds(node, 'Ready'))) return;
      if (Date.now() > deadline)
        throw new Error(
          `waited 60 s for the nodes ${group.namePrefix}-* to be ready; see the logs in the run's folder`,
        );
      await pause(100);
    }
  }

  /** Starts the API server and waits until it is ready. */
  private async startApiServer(): Promise<void> {
    const { ports } = this.options;
    this.apiServer = await this.start(
      'kube-apiserver',
      [
        `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
        '--bind-address=127.0.0.1',
        `--secure-port=${ports.apiServer}`,
        // Only written into the certificate: nothing is reached by it. Without it a machine that is offline has none.
        '--advertise-address=10.96.0.1',
        '--endpoint-reconciler-type=none',
        `--cert-dir=${this.files.directory}`,
        '--service-cluster-ip-range=10.96.0.0/16',
        '--service-account-issuer=https://kubernetes.default.svc',
        `--service-account-key-file=${this.files.path('service-account.pub')}`,
        `--service-account-signing-key-file=${this.files.path('service-account.key')}`,
        `--token-auth-file=${this.files.path('tokens.csv')}`,
        `--authentication-token-webhook-config-file=${this.files.path('token-review.kubeconfig')}`,
        '--authentication-token-webhook-version=v1',
        '--authentication-token-webhook-cache-ttl=5s',
        '--authorization-mode=RBAC',
        // As on EKS: Pod Security says where a pod may be privileged.
        '--allow-privileged=true',
        '--profiling=false',
      ],
      () => this.apiServerIsReady(),
    );
  }

  /** Kills the API server, as a crash would, and starts it again; everything else keeps running. */
  async restartApiServer(): Promise<void> {
    await this.apiServer?.kill();
    await this.startApiServer();
  }

  private startControllerManager(): Promise<ManagedProcess> {
    const port = this.options.ports.controllerManager;
    return this.start(
      'kube-controller-manager',
      [
        ...this.commonFlags('controller-manager', port),
        '--use-service-account-credentials=true',
        `--service-account-private-key-file=${this.files.path('service-account.key')}`,
        `--root-ca-file=${this.certificateAuthorityFile}`,
        '--kube-api-qps=200',
        '--kube-api-burst=400',
        // The default of 15 s would draw the scenes out.
        '--horizontal-pod-autoscaler-sync-period=2s',
      ],
      () => answersOk(port, '/healthz'),
    );
  }

  private startScheduler(): Promise<ManagedProcess> {
    const port = this.options.ports.scheduler;
    return this.start('kube-scheduler', this.commonFlags('scheduler', port), () => answersOk(port, '/healthz'));
  }

  private startKwok(): Promise<ManagedProcess> {
    const address = `127.0.0.1:${this.options.ports.kwok}`;
    return this.start(
      'kwok',
      [
        `--kubeconfig=${this.files.kubeconfig('kwok')}`,
        `--config=${this.files.path('kwok.yaml')}`,
        '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
        '--node-lease-duration-seconds=40',
        '--cidr=10.65.0.0/16',
        `--server-address=${address}`,
      ],
      async () => (await fetch(`http://${address}/healthz`)).ok,
    );
  }

  private start(name: ProgramName, args: readonly string[], ready: () => Promise<boolean>): Promise<ManagedProcess> {
    return this.options.start({ name, command: this.options.programs[name].file, args, ready });
  }

  private commonFlags(identity: 'controller-manager' | 'scheduler', port: number): string[] {
    return [
      `--kubeconfig=${this.files.kubeconfig(identity)}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--cert-dir=${this.files.path(identity)}`,
      '--leader-elect=false',
      '--profiling=false',
    ];
  }

  private async apiServerIsReady(): Promise<boolean> {
    if (this.authority === undefined) {
      const served = this.files.path('apiserver.crt');
      if (!existsSync(served)) return false;
      // The file holds the server's certificate, then the authority that signed it.
      const certificates =
        readFileSync(served, 'utf8').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? [];
      if (certificates.length < 2) return false;
      this.authority = certificates[1];
      this.files.writeAuthority(this.authority);
    }
    return answersOk(this.options.ports.apiServer, '/readyz');
  }
}

/** The certificate is the program's own, made a moment ago, and is not looked at: nothing secret is sent or read. */
function answersOk(port: number, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, rejectUnauthorized: false, timeout: 2_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    })
      .on('error', reject)
      .on('timeout', function timeout(this: { destroy(): void }) {
        this.destroy();
      })
      .end();
  });
}
