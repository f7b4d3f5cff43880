import * as https from 'node:https';
import {
  KubeConfig,
  KubernetesObjectApi,
  ServerConfiguration,
  HttpMethod,
  createConfiguration,
  type Configuration,
  type KubernetesObject as ClientObject,
  type RequestContext,
  type ResponseContext,
} from '@kubernetes/client-node';
import { FIELD_MANAGER } from '../constructs/kubernetes/contract/names';
import { type KubernetesObject, type ObjectMetadata } from '../constructs/kubernetes/contract/release-document';
import {
  ANSWER_TIMEOUT,
  ApiError,
  isBrokenConnection,
  isStatus,
  isUnknownKind,
  type KubernetesClient,
  type ListOptions,
  type ObjectReference,
} from './kubernetes-client';
import { groupOf } from './objects';

/** How to reach a cluster, and the token by which it knows who asks. */
export interface ClusterAccess {
  /** URL of the API server. */
  readonly server: string;
  /** Certificate authority of the API server, PEM. */
  readonly ca: string | Buffer;
  /** Bearer token. */
  readonly token: string;
}

/** The official client, which finds the paths of objects, with its models left out: they drop fields newer than they are. */
class Transport extends KubernetesObjectApi {
  constructor(
    configuration: Configuration,
    private readonly timeout: number,
  ) {
    super(configuration);
  }

  public async send(
    method: HttpMethod,
    object: ClientObject | KubernetesObject,
    options: RequestOptions = {},
  ): Promise<unknown> {
    // The client fills in the default namespace where the object names none.
    const addressed = { ...object, metadata: { ...object.metadata } } as ClientObject;
    const path = await this.specUriPath(
      addressed,
      method === HttpMethod.POST ? 'create' : options.list ? 'list' : 'read',
    );
    const request = this.configuration.baseServer.makeRequestContext(
      options.subresource ? `${path}/${options.subresource}` : path,
      method,
    );
    request.setHeaderParam('Accept', options.accept ?? 'application/json');
    for (const [key, value] of Object.entries(options.query ?? {})) request.setQueryParam(key, value);
    if (options.contentType) {
      request.setHeaderParam('Content-Type', options.contentType);
      request.setBody(JSON.stringify(options.body ?? object));
    }
    return this.requestPromise(request);
  }

  public async get(path: string): Promise<unknown> {
    const request = this.configuration.baseServer.makeRequestContext(path, HttpMethod.GET);
    request.setHeaderParam('Accept', 'application/json');
    return this.requestPromise(request);
  }

  /** The versions in which the server serves a group of the API; none when it does not know the group. */
  public async versions(group: string): Promise<NonNullable<ApiGroup['versions']>> {
    try {
      return ((await this.get(`/apis/${group}`)) as ApiGroup).versions ?? [];
    } catch (error) {
      if (isStatus(error, 404)) return [];
      throw error;
    }
  }

  protected override async requestPromise<T extends ClientObject>(request: RequestContext, type?: string): Promise<T> {
    try {
      return await this.once<T>(request, type);
    } catch (error) {
      // A kept connection may break under any answer. What a write has done by then is for its caller to find out.
      if (request.getHttpMethod() !== HttpMethod.GET || !isBrokenConnection(error)) throw error;
      return this.once<T>(request, type);
    }
  }

  private async once<T extends ClientObject>(request: RequestContext, type?: string): Promise<T> {
    try {
      return await super.requestPromise<T>(request, type);
    } catch (error) {
      if ((error as Error).name !== 'AbortError') throw error;
      throw Object.assign(new Error(`no answer within ${this.timeout / 1000} s`), { code: 'ETIMEDOUT' });
    }
  }

  protected override async processResponse<T>(response: ResponseContext): Promise<T> {
    const text = await response.body.text();
    if (response.httpStatusCode >= 200 && response.httpStatusCode <= 299) return JSON.parse(text) as T;
    throw new ApiError(response.httpStatusCode, text);
  }
}

interface RequestOptions {
  readonly accept?: string;
  /** What to send, where it is not the object itself. */
  readonly body?: object;
  readonly contentType?: string;
  readonly query?: Record<string, string>;
  readonly subresource?: string;
  readonly list?: boolean;
}

/** A group of the API, and what it serves in one version. */
interface ApiGroup {
  readonly versions?: readonly { readonly groupVersion: string }[];
}

/** Reads and writes objects of any kind. */
export class ClusterClient implements KubernetesClient {
  private readonly transport: Transport;

  /**
   * @param access the cluster and who asks, or a kubeconfig, of which the current context counts
   * @param timeout milliseconds after which a request counts as unanswered, which is an error that passes
   */
  constructor(access: ClusterAccess | KubeConfig, timeout = ANSWER_TIMEOUT) {
    const config = access instanceof KubeConfig ? access : kubeConfigOf(access);
    const cluster = config.getCurrentCluster();
    let pool: Promise<https.Agent> | undefined;
    this.transport = new Transport(
      createConfiguration({
        baseServer: new ServerConfiguration((cluster?.server ?? '').replace(/\/$/, ''), {}),
        authMethods: {
          default: {
            getName: () => 'cluster',
            applySecurityAuthentication: async (context: RequestContext) => {
              await config.applySecurityAuthentication(context);
              // One pool for all requests: the client by itself opens a connection for each. To a proxy it has to.
              if (cluster?.proxyUrl === undefined) context.setAgent(await (pool ??= poolOf(config)));
              context.setSignal(AbortSignal.timeout(timeout));
            },
          },
        },
      }),
      timeout,
    );
  }

  /** What the server answers to a GET of this path, for example of a list of the kinds that it serves. */
  public async get<T>(path: string): Promise<T> {
    return (await this.transport.get(path)) as T;
  }

  public async find(reference: ObjectReference): Promise<KubernetesObject | undefined> {
    return this.read(reference, 'application/json');
  }

  public async findMetadata(reference: ObjectReference): Promise<ObjectMetadata | undefined> {
    return (await this.read(reference, 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'))?.metadata;
  }

  private async read(reference: ObjectReference, accept: string): Promise<KubernetesObject | undefined> {
    try {
      return (await this.transport.send(HttpMethod.GET, addressed(reference), { accept })) as KubernetesObject;
    } catch (error) {
      if (isUnknownKind(error)) return this.readInAnotherVersion(reference, accept);
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }

  /** Versions of an API come and go, and the objects stay: one that was applied in a version of the past is still the same object. */
  private async readInAnotherVersion(
    reference: ObjectReference,
    accept: string,
  ): Promise<KubernetesObject | undefined> {
    const group = groupOf(reference.apiVersion);
    for (const { groupVersion } of group === '' ? [] : await this.transport.versions(group)) {
      if (groupVersion === reference.apiVersion) continue;
      try {
        return (await this.transport.send(HttpMethod.GET, addressed({ ...reference, apiVersion: groupVersion }), {
          accept,
        })) as KubernetesObject;
      } catch (error) {
        if (!isStatus(error, 404) && !isUnknownKind(error)) throw error;
      }
    }
    return undefined;
  }

  public async list(
    apiVersion: string,
    kind: string,
    namespace?: string,
    options: ListOptions = {},
  ): Promise<KubernetesObject[]> {
    try {
      const list = (await this.transport.send(
        HttpMethod.GET,
        { apiVersion, kind, metadata: { namespace } },
        {
          list: true,
          query: Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
        },
      )) as { items: KubernetesObject[] };
      return list.items.map((item) => ({ ...item, apiVersion, kind }));
    } catch (error) {
      if (isStatus(error, 404) || isUnknownKind(error)) return [];
      throw error;
    }
  }

  public async apply(object: KubernetesObject, options: { dryRun?: boolean } = {}): Promise<KubernetesObject> {
    return (await this.transport.send(HttpMethod.PATCH, object, {
      contentType: 'application/apply-patch+yaml',
      query: {
        fieldManager: FIELD_MANAGER,
        force: 'true',
        fieldValidation: 'Strict',
        ...(options.dryRun ? { dryRun: 'All' } : {}),
      },
    })) as KubernetesObject;
  }

  public async create(object: KubernetesObject): Promise<KubernetesObject> {
    return (await this.transport.send(HttpMethod.POST, object, {
      contentType: 'application/json',
    })) as KubernetesObject;
  }

  public async replace(object: KubernetesObject): Promise<KubernetesObject> {
    return (await this.transport.send(HttpMethod.PUT, object, { contentType: 'application/json' })) as KubernetesObject;
  }

  public async merge(
    reference: ObjectReference,
    change: { metadata?: object; [field: string]: unknown },
    subresource?: string,
    fieldManager = FIELD_MANAGER,
  ): Promise<void> {
    const target = addressed(reference);
    await this.transport.send(
      HttpMethod.PATCH,
      { ...target, ...change, metadata: { ...target.metadata, ...change.metadata } },
      {
        contentType: 'application/merge-patch+json',
        subresource,
        query: { fieldManager },
      },
    );
  }

  /**
   * Merges into the status of an object of a built-in kind; an element of a list replaces the one of the same key, and the others stay.
   *
   * @throws HTTP 409 when the change names the uid of another object
   */
  public async mergeStatus(reference: ObjectReference, change: { metadata?: object; status: object }): Promise<void> {
    await this.transport.send(HttpMethod.PATCH, addressed(reference), {
      contentType: 'application/strategic-merge-patch+json',
      subresource: 'status',
      body: change,
    });
  }

  public async remove(
    reference: ObjectReference,
    options: { dependentsFirst?: boolean; asRead?: KubernetesObject; gracePeriodSeconds?: number } = {},
  ): Promise<void> {
    const { uid, resourceVersion } = options.asRead?.metadata ?? {};
    try {
      await this.transport.send(HttpMethod.DELETE, addressed(reference), {
        contentType: 'application/json',
        body: {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          propagationPolicy: options.dependentsFirst ? 'Foreground' : 'Background',
          gracePeriodSeconds: options.gracePeriodSeconds,
          ...(options.asRead ? { preconditions: { uid, resourceVersion } } : {}),
        },
      });
    } catch (error) {
      if (!isStatus(error, 404) && !isUnknownKind(error)) throw error;
    }
  }
}

function kubeConfigOf({ server, ca, token }: ClusterAccess): KubeConfig {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'cluster', server, caData: Buffer.from(ca).toString('base64'), skipTLSVerify: false },
    { name: 'user', token },
  );
  return config;
}

async function poolOf(config: KubeConfig): Promise<https.Agent> {
  const options: https.RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  return new https.Agent({ keepAlive: true, maxSockets: 16, ca, cert, key, servername, rejectUnauthorized });
}

function addressed({ apiVersion, kind, name, namespace }: ObjectReference): ClientObject {
  return { apiVersion, kind, metadata: { name, namespace } };
}
