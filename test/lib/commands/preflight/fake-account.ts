import { staging } from '../../../../environments';
import type { NewCluster } from '../../../../lib/environment/environment-config';
import {
  type KeyFacts,
  type QuotaName,
  type ReservationFacts,
  type SubnetFacts,
  type TopicFacts,
  type VpcFacts,
} from '../../../../lib/commands/preflight/account-facts';
import { type AccountReader } from '../../../../lib/commands/preflight/aws-account';

const QUOTAS: Record<string, number> = {
  'L-DB2E81BA': 64,
  'L-1216C47A': 640,
  'L-417A185B': 0,
  'L-0263D0A3': 5,
  'L-F678F1CE': 5,
};

/** Zones of staging, as this account names them. */
export const ZONES = ['us-east-1a', 'us-east-1b', 'us-east-1c'];

/** An account that is ready for staging, and empty. */
export class FakeAccount implements AccountReader {
  accountId = () => Promise.resolve(staging.account);
  bootstrapVersion = (): Promise<number | undefined> => Promise.resolve(30);
  quota = ({ code }: QuotaName) => Promise.resolve(QUOTAS[code]);
  vpcs = (): Promise<(string | undefined)[]> => Promise.resolve([undefined]);
  addresses = (): Promise<(string | undefined)[]> => Promise.resolve([]);
  offeredZones = (types: readonly string[]) => Promise.resolve(new Map(types.map((type) => [type, ZONES])));
  zones = (): Promise<ReadonlyMap<string, string>> =>
    Promise.resolve(
      new Map([
        ['us-east-1a', 'use1-az4'],
        ['us-east-1b', 'use1-az6'],
        ['us-east-1c', 'use1-az1'],
        ['us-east-1d', 'use1-az2'],
        ['us-east-1e', 'use1-az3'],
        ['us-east-1f', 'use1-az5'],
      ]),
    );
  endpointZones = (services: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> =>
    Promise.resolve(new Map(services.map((service) => [service, ZONES])));
  vpc = (): Promise<VpcFacts | undefined> => Promise.resolve(undefined);
  subnets = (): Promise<ReadonlyMap<string, SubnetFacts>> => Promise.resolve(new Map());
  reservations = (): Promise<ReadonlyMap<string, ReservationFacts>> => Promise.resolve(new Map());
  snapshotState = (): Promise<string | undefined> => Promise.resolve(undefined);
  defaultVolumeKey = () => Promise.resolve('alias/aws/ebs');
  key = (): Promise<KeyFacts | undefined> => Promise.resolve(undefined);
  keyPolicy = () => Promise.resolve('{}');
  principal = (arn: string): Promise<string | undefined> =>
    Promise.resolve(/role\/(platform-engineers|on-call)$/.test(arn) ? arn : undefined);
  identityProviders = (): Promise<string[]> => Promise.resolve([]);
  topic = (): Promise<TopicFacts | undefined> => Promise.resolve(undefined);
  bucket = (): ReturnType<AccountReader['bucket']> => Promise.resolve('none');
  hasLogGroup = () => Promise.resolve(false);
  cluster = (): ReturnType<AccountReader['cluster']> => Promise.resolve(undefined);
  stackOf = (): Promise<string | undefined> => Promise.resolve(undefined);
  kubernetesReleases = () =>
    Promise.resolve([{ version: '1.36', standardSupport: true, endOfStandardSupport: '2027-08-02' }]);
  addonVersions = (addon: string) =>
    Promise.resolve([(staging.cluster as { create: NewCluster }).create.addonVersions![addon]]);
  parameter = (): Promise<string | undefined> => Promise.resolve('1.63.0-00000000');
}
