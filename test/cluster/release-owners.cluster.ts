import { ClusterClient } from '../../kubernetes-client/cluster-client';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { limitedTo } from './support/identities';
import { adminAccess, STACK, TestRelease } from './support/releases';

// Which release an object belongs to, against a real API server.

const OTHER_STACK = STACK.replace('Serving-chat', 'Serving-other');
const client = new ClusterClient(adminAccess());

let chat: TestRelease;
let other: TestRelease;
beforeEach(async () => {
  chat = await TestRelease.create(client, 'owners');
  other = chat.beside({ name: 'other' });
});

const ofOther = { owner: OTHER_STACK };
const shared = (value: string): KubernetesObject => chat.configMap('shared', { value });

async function holder(): Promise<{ release?: string; value?: string } | undefined> {
  const live = (await chat.find('v1', 'ConfigMap', 'shared')) as
    | { metadata: { annotations?: Record<string, string> }; data?: { value?: string } }
    | undefined;
  return live && { release: live.metadata.annotations?.['llm-platform.dev/release'], value: live.data?.value };
}

const ofChat = (): string => `${chat.namespace}/chat`;
const ofTheOther = (): string => `${chat.namespace}/other`;

describe('an object that another living release holds', () => {
  test('is refused before anything is applied, with every object and its owner, and leaves no trace', async () => {
    await chat.deploy([shared('of chat'), chat.service('both'), chat.configMap('more')]);
    const third = chat.beside({ name: 'third' });
    await third.deploy([chat.configMap('thirds')], { owner: `${STACK}3` });
    const request = other.request('Create', ofOther);
    await expect(
      other.finish(request, [
        other.configMap('first'),
        shared('of other'),
        other.service('both'),
        other.configMap('thirds'),
      ]),
    ).rejects.toThrow(
      `objects of this release belong to others: ConfigMap ${chat.namespace}/shared, Service ${chat.namespace}/both to release ${ofChat()} of ${STACK}; ` +
        `ConfigMap ${chat.namespace}/thirds to release ${chat.namespace}/third of ${STACK}3; remove them there and deploy that first, or set adopt to take them over`,
    );
    expect(await holder()).toEqual({ release: ofChat(), value: 'of chat' });
    expect(await other.find('v1', 'ConfigMap', 'first')).toBeUndefined();
    expect(await other.inventory()).toBeUndefined();
    expect(await other.find('coordination.k8s.io/v1', 'Lease', 'release-other')).toBeUndefined();
  });

  test('can be had once its release has been deployed without it', async () => {
    await chat.deploy([shared('of chat'), chat.configMap('more')]);
    await chat.deploy([chat.configMap('more')]);
    await other.deploy([shared('of other')], ofOther);
    expect(await holder()).toEqual({ release: ofTheOther(), value: 'of other' });
  });

  test('can be had when its release has dropped it without removing it', async () => {
    const namespace: KubernetesObject = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: `${chat.namespace}-extra` },
    };
    await chat.deploy([namespace, chat.configMap('more')]);
    await chat.deploy([chat.configMap('more')]);
    await other.deploy([namespace], ofOther);
    const live = await client.find({ apiVersion: 'v1', kind: 'Namespace', name: namespace.metadata.name });
    expect(live?.metadata.annotations).toMatchObject({ 'llm-platform.dev/release': ofTheOther() });
  });

  test("counts as held also where its release's inventory may not be read", async () => {
    const elsewhere = await TestRelease.create(client, 'unreadable');
    await chat.deploy([shared('of nobody')]);
    await client.merge(
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'shared', namespace: chat.namespace },
      { metadata: { annotations: { 'llm-platform.dev/release': `${elsewhere.namespace}/far` } } },
    );
    const limited = other.beside({
      client: await limitedTo(other, [{ apiGroups: ['', 'coordination.k8s.io'], resources: ['configmaps', 'leases'] }]),
    });
    await expect(limited.deploy([shared('of other')], ofOther)).rejects.toThrow(
      `ConfigMap ${chat.namespace}/shared to release ${elsewhere.namespace}/far; remove`,
    );
  });
});

test('an orphan, whose release is gone, may be taken', async () => {
  await chat.deploy([shared('of chat')]);
  await client.remove({ apiVersion: 'v1', kind: 'ConfigMap', name: 'release-chat', namespace: chat.namespace });
  await other.deploy([shared('of other')], ofOther);
  expect(await holder()).toEqual({ release: ofTheOther(), value: 'of other' });
});

test('a release that is renamed keeps its objects, also when the renaming is rolled back', async () => {
  const renamed = chat.beside({ name: 'renamed' });
  await chat.deploy([shared('before'), chat.configMap('old')]);
  await renamed.deploy([shared('after')]);
  await chat.finish(chat.request('Delete'));
  expect(await holder()).toEqual({ release: `${chat.namespace}/renamed`, value: 'after' });
  expect(await chat.find('v1', 'ConfigMap', 'old')).toBeUndefined();
  await chat.deploy([shared('before')]);
  await renamed.finish(renamed.request('Delete'));
  expect(await holder()).toEqual({ release: ofChat(), value: 'before' });
});

describe('adoption of an object', () => {
  const adopting = { ...ofOther, adopt: true };

  test('takes it over; the former release neither removes it nor takes it back, and its rollback does not fail', async () => {
    const before = [shared('of chat'), chat.configMap('more')];
    await chat.deploy(before);
    await other.deploy([shared('of other')], adopting);
    await expect(chat.deploy([shared('of chat'), chat.configMap('new')])).rejects.toThrow(
      `ConfigMap ${chat.namespace}/shared to release ${ofTheOther()}`,
    );
    // CloudFormation hands over the properties before.
    await chat.deploy(before);
    expect(await holder()).toEqual({ release: ofTheOther(), value: 'of other' });
    expect((await chat.inventory())?.objects.map(({ name }) => name).sort()).toEqual(['more', 'shared']);
    await chat.deploy([chat.configMap('more')]);
    await chat.finish(chat.request('Delete'));
    expect(await holder()).toEqual({ release: ofTheOther(), value: 'of other' });
  });

  const refused = (): KubernetesObject => ({ ...other.service('refused'), spec: { ports: [{ port: 99999 }] } });

  test('that fails on creation returns it instead of removing it', async () => {
    await chat.deploy([shared('of chat')]);
    await expect(other.deploy([shared('of other'), refused()], adopting)).rejects.toThrow('was refused');
    await other.finish(other.request('Delete', ofOther));
    expect(await holder()).toEqual({ release: ofChat(), value: 'of chat' });
    await chat.deploy([shared('of chat'), chat.configMap('new')]);
    expect(await holder()).toEqual({ release: ofChat(), value: 'of chat' });
  });

  test('that fails on an update returns it when the release before is applied again', async () => {
    await chat.deploy([shared('of chat')]);
    await other.deploy([other.configMap('mine')], ofOther);
    await expect(other.deploy([other.configMap('mine'), shared('of other'), refused()], adopting)).rejects.toThrow(
      'was refused',
    );
    await other.deploy([other.configMap('mine')], ofOther);
    expect(await holder()).toEqual({ release: ofChat(), value: 'of chat' });
    await other.finish(other.request('Delete', ofOther));
    expect(await holder()).toEqual({ release: ofChat(), value: 'of chat' });
  });
});

describe('what names another release is never removed', () => {
  const taken = async (): Promise<void> => {
    await client.merge(
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'shared', namespace: chat.namespace },
      { metadata: { annotations: { 'llm-platform.dev/release': 'elsewhere/other' } } },
    );
  };

  test('by a deployment that no longer holds it', async () => {
    await chat.deploy([shared('of chat'), chat.configMap('more')]);
    await taken();
    await chat.deploy([chat.configMap('more')]);
    expect(await holder()).toEqual({ release: 'elsewhere/other', value: 'of chat' });
  });

  test('by a deletion', async () => {
    await chat.deploy([shared('of chat')]);
    await taken();
    await chat.finish(chat.request('Delete', { deleteEverything: true }));
    expect(await holder()).toEqual({ release: 'elsewhere/other', value: 'of chat' });
  });

  test('although it was taken between the look and the removal', async () => {
    class Slow extends ClusterClient {
      public override async remove(...[reference, options]: Parameters<ClusterClient['remove']>): Promise<void> {
        if (reference.name === 'shared' && (await holder())?.release === ofChat()) await taken();
        return super.remove(reference, options);
      }
    }
    await chat.deploy([shared('of chat')]);
    await chat.beside({ client: new Slow(adminAccess()) }).finish(chat.request('Delete'));
    expect(await holder()).toEqual({ release: 'elsewhere/other', value: 'of chat' });
  });
});
