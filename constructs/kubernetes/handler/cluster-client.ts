import * as https from 'node:https';
import {
  ApiException, KubernetesObjectApi, ServerConfiguration, HttpMethod, createConfiguration, type Configuration,
  type KubernetesObject as ClientObject, type RequestContext, type ResponseContext,
} from '@kubernetes/client-node';
import { FIELD_MANAGER } from '../names';
import { type KubernetesObject } from '../release-document';

/** How to reach and authenticate to a cluster. */
export interface ClusterAccess {
  /** URL of the API server. */
  readonly server: string;
  /** Certificate authority of the API server, PEM. */
  readonly ca: string | Buffer;
  /** Bearer token. */
  readonly token?: string;
  /** Client certificate, PEM, where there is no token. */
  readonly cert?: string | Buffer;
  /** Key of the client certificate, PEM. */
  readonly key?: string | Buffer;
}

/** Names one object. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** Milliseconds after which a request counts as unanswered; an admission webhook may take 10 s of them by default, 30 at most. */
const REQUEST_TIMEOUT = 20_000;

/** True when the API server answered an error of one of these HTTP statuses. */
export function isStatus(error: unknown, ...statuses: number[]): boolean {
  return error instanceof ApiException && statuses.includes(error.code);
}

/** True for errors that pass by themselves: the server is starting, overloaded or out of reach. */
export function isTransient(error: unknown): boolean {
  // The server answers 500 also to a server-side apply with a field that it does not know.
  if (isStatus(error, 500)) return !/field not declared in schema|failed to create typed patch object/.test(messageOf(error));
  if (isStatus(error, 429, 502, 503, 504)) return true;
  if (((error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode ?? 0) >= 500) return true;
  const text = error instanceof Error ? `${error.name} ${(error as NodeJS.ErrnoException).code} ${error.message}` : '';
  return /TimeoutError|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|socket hang up|network timeout|premature close/i.test(text);
}

/**
 * True when the cluster does not know the kind, that is, its definition is missing or not served yet.
 *
 * Only a plain "not found" says so: a discovery that was refused or did not answer says nothing about the kind.
 */
export function isUnknownKind(error: unknown): boolean {
  if (isStatus(error, 404)) return /Failed to fetch resource metadata/.test((error as Error).message) || NOT_SERVED.test(messageOf(error));
  return error instanceof Error && !(error instanceof ApiException) && /Unrecognized API version and kind/.test(error.message);
}

/** What the server answers to the path of a kind that it lists but does not serve, as opposed to an object that does not exist. */
const NOT_SERVED = /the server could not find the requested resource|404 page not found/;

/** True when the server does not know who asks, or that identity may not do what it asks; an admission that refuses answers otherwise. */
export function isAccessRefused(error: unknown): boolean {
  return isStatus(error, 401) || (isStatus(error, 403) && /User "[^"]*" cannot /.test(messageOf(error)));
}

/** True when the server refused nothing but changes of fields that cannot be changed. */
export function isImmutable(error: unknown): boolean {
  if (!isStatus(error, 422)) return false;
  const { details } = parse((error as ApiException<unknown>).body) as { details?: { causes?: { message?: string }[] } };
  const causes = details?.causes ?? [];
  return causes.length > 0 && causes.every(({ message }) => message?.includes('field is immutable'));
}

/** The message of the API server, or of any other error, in one line. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiException) {
    const { message } = parse(error.body) as { message?: string };
    return message ?? `HTTP ${error.code}`;
  }
  return error instanceof Error ? error.message.split('\n')[0] : String(error);
}

function parse(body: unknown): object {
  if (typeof body !== 'string') return body ?? {};
  try {
    return JSON.parse(body) as object;
  } catch {
    return { message: body.slice(0, 300) };
  }
}

/** The official client, which finds the paths of objects, with its models left out: they drop fields newer than they are. */
class Transport extends KubernetesObjectApi {
  constructor(configuration: Configuration, private readonly timeout: number) {
    super(configuration);
  }

  public async send(method: HttpMethod, object: ClientObject, options: RequestOptions = {}): Promise<unknown> {
    // The client fills in the default namespace where the object names none.
    const addressed = { ...object, metadata: { ...object.metadata } };
    const path = await this.specUriPath(addressed, method === HttpMethod.POST ? 'create' : options.list ? 'list' : 'read');
    const request = this.configuration.baseServer.makeRequestContext(options.subresource ? `${path}/${options.subresource}` : path, method);
    request.setHeaderParam('Accept', options.accept ?? 'application/json');
    for (const [key, value] of Object.entries(options.query ?? {})) request.setQueryParam(key, value);
    if (options.contentType) {
      request.setHeaderParam('Content-Type', options.contentType);
      request.setBody(JSON.stringify(options.body ?? object));
    }
    return this.requestPromise(request);
  }

  protected override async requestPromise<T extends ClientObject>(request: RequestContext, type?: string): Promise<T> {
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
    throw new ApiException(response.httpStatusCode, 'request refused', text, response.headers);
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

/** Reads and writes objects of any kind. */
export class ClusterClient {
  private readonly transport: Transport;

  /** @param timeout milliseconds after which a request counts as unanswered, which is an error that passes */
  constructor(access: ClusterAccess, timeout = REQUEST_TIMEOUT) {
    // One pool for all requests: the client by itself opens a connection for each.
    const agent = new https.Agent({ keepAlive: true, maxSockets: 16, ca: access.ca, cert: access.cert, key: access.key });
    this.transport = new Transport(createConfiguration({
      baseServer: new ServerConfiguration(access.server.replace(/\/$/, ''), {}),
      authMethods: {
        default: {
          getName: () => 'cluster',
          applySecurityAuthentication: (context: RequestContext) => {
            if (access.token) context.setHeaderParam('Authorization', `Bearer ${access.token}`);
            context.setAgent(agent);
            context.setSignal(AbortSignal.timeout(timeout));
          },
        },
      },
    }), timeout);
  }

  /** The object, or undefined when it, or its kind, does not exist. */
  public async find(reference: ObjectReference): Promise<KubernetesObject | undefined> {
    return this.read(reference, 'application/json');
  }

  /** The metadata of an object, or undefined when it, or its kind, does not exist. Definitions, for one, may have a megabyte of the rest. */
  public async findMetadata(reference: ObjectReference): Promise<KubernetesObject['metadata'] | undefined> {
    return (await this.read(reference, 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'))?.metadata;
  }

  private async read(reference: ObjectReference, accept: string): Promise<KubernetesObject | undefined> {
    try {
      return await this.transport.send(HttpMethod.GET, addressed(reference), { accept }) as KubernetesObject;
    } catch (error) {
      if (isStatus(error, 404) || isUnknownKind(error)) return undefined;
      throw error;
    }
  }

  /** The objects of a kind, in one namespace or in all; empty when the kind does not exist. */
  public async list(apiVersion: string, kind: string, namespace?: string, labelSelector?: string): Promise<KubernetesObject[]> {
    try {
      const list = await this.transport.send(HttpMethod.GET, { apiVersion, kind, metadata: { namespace } }, {
        list: true, query: labelSelector ? { labelSelector } : {},
      }) as { items: KubernetesObject[] };
      return list.items.map((item) => ({ ...item, apiVersion, kind }));
    } catch (error) {
      if (isStatus(error, 404) || isUnknownKind(error)) return [];
      throw error;
    }
  }

  /** Server-side apply that takes over fields which others own; a field that the server does not know is an error. */
  public async apply(object: KubernetesObject, options: { dryRun?: boolean } = {}): Promise<KubernetesObject> {
    return await this.transport.send(HttpMethod.PATCH, object, {
      contentType: 'application/apply-patch+yaml',
      query: { fieldManager: FIELD_MANAGER, force: 'true', fieldValidation: 'Strict', ...(options.dryRun ? { dryRun: 'All' } : {}) },
    }) as KubernetesObject;
  }

  public async create(object: KubernetesObject): Promise<KubernetesObject> {
    return await this.transport.send(HttpMethod.POST, object, { contentType: 'application/json' }) as KubernetesObject;
  }

  public async replace(object: KubernetesObject): Promise<KubernetesObject> {
    return await this.transport.send(HttpMethod.PUT, object, { contentType: 'application/json' }) as KubernetesObject;
  }

  /**
   * Merges a change into an object, or into one of its subresources.
   *
   * @param fieldManager who the server is told it is
   */
  public async merge(
    reference: ObjectReference, change: { metadata?: object; [field: string]: unknown }, subresource?: string, fieldManager = FIELD_MANAGER,
  ): Promise<void> {
    const target = addressed(reference);
    await this.transport.send(HttpMethod.PATCH, { ...target, ...change, metadata: { ...target.metadata, ...change.metadata } }, {
      contentType: 'application/merge-patch+json', subresource, query: { fieldManager },
    });
  }

  /**
   * Deletes an object; absence is success.
   *
   * @param options.dependentsFirst the object stays until everything that it owns is gone
   * @param options.asRead the object as it was read: one that has changed since is not deleted
   * @throws HTTP 409 when the object has changed since it was read
   */
  public async remove(reference: ObjectReference, options: { dependentsFirst?: boolean; asRead?: KubernetesObject } = {}): Promise<void> {
    const { uid, resourceVersion } = (options.asRead?.metadata ?? {}) as { uid?: string; resourceVersion?: string };
    try {
      await this.transport.send(HttpMethod.DELETE, addressed(reference), {
        contentType: 'application/json',
        body: {
          apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: options.dependentsFirst ? 'Foreground' : 'Background',
          ...(options.asRead ? { preconditions: { uid, resourceVersion } } : {}),
        },
      });
    } catch (error) {
      if (!isStatus(error, 404) && !isUnknownKind(error)) throw error;
    }
  }
}

function addressed({ apiVersion, kind, name, namespace }: ObjectReference): ClientObject {
  return { apiVersion, kind, metadata: { name, namespace } };
}
