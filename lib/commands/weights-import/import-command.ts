import { S3 } from '@aws-sdk/client-s3';
import { Command, Option } from 'commander';
import { environmentNamed } from '../command-line/environment-named';
import { UserError } from '../command-line/user-error';
import type { EnvironmentConfig } from '../../environment/environment-config';
import { Hub } from './hub';
import { importWeights } from './import-weights';
import { ObjectStore } from './object-store';
import { type SignatureFlags, signatureRequested } from './signature-flags';

/** What the command needs from outside. */
export interface ImportCommandOptions {
  readonly environments: readonly EnvironmentConfig[];
  /** @default - none: the hub gives what it gives to everybody */
  readonly hubToken?: string;
  readonly print: (text: string) => void;
  readonly log: (line: string) => void;
}

interface Flags extends SignatureFlags {
  readonly commit: string;
  readonly weights?: string[];
  readonly acknowledgePickles?: string;
  readonly acknowledgeRemoteCode?: string;
  readonly hub: string;
  readonly s3Endpoint?: string;
}

/** `import-weights <repository> …` */
export function importCommand({ environments, hubToken, print, log }: ImportCommandOptions): Command {
  return new Command('import-weights')
    .description('Carries a model from the hub into a bucket, and says what a release then refers to.')
    .argument(
      '<environment>',
      `one of ${environments.map(({ name }) => name).join(', ')}; it names the bucket and the licenses that are allowed`,
    )
    .argument('<repository>', 'repository on the hub, as <organization>/<model>')
    .requiredOption('--commit <sha>', 'commit of the repository, 40 hexadecimal digits')
    .option(
      '--weights <file...>',
      'files of weights to take, where the repository holds several sets; else those that its index names',
    )
    .option('--acknowledge-pickles <reason>', 'import weights in pickles, which run code when they are read')
    .option('--acknowledge-remote-code <reason>', 'import code of the repository, for an engine that trusts it')
    .option(
      '--signature <file>',
      "file of the repository with the publisher's signature, to verify before anything is imported",
    )
    .option('--public-key <file>', 'public key of the publisher, for a signature made with a key')
    .option('--identity <identity>', 'identity of the publisher, for a signature by Sigstore; needs the internet')
    .option('--identity-provider <url>', 'who vouches for the identity')
    .option('--model-signing <folder>', 'folder with the command model_signing, where it is not on the PATH')
    .option('--hub <url>', 'address of the hub', 'https://huggingface.co')
    .addOption(new Option('--s3-endpoint <url>', 'address of S3').hideHelp())
    .action(async (name: string, repository: string, flags: Flags) => {
      const environment = environmentNamed(environments, name);
      const { weightsBucket, allowedLicenses = [], region } = environment;
      if (!weightsBucket)
        throw new UserError(
          `environment ${name}: expected a weightsBucket to import into, got none; name one in environments/${name}.ts and deploy its Data stack`,
        );
      if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) {
        throw new UserError(
          `repository: expected <organization>/<model>, got ${JSON.stringify(repository)}; copy it from the model's page on the hub`,
        );
      }
      const signature = signatureRequested(flags, environment);
      const client = new S3({
        region,
        ...(flags.s3Endpoint ? { endpoint: flags.s3Endpoint, forcePathStyle: true } : {}),
      });
      try {
        const { path, manifestSha256, bytes } = await importWeights({
          repository,
          commit: flags.commit,
          hub: new Hub({ endpoint: flags.hub, token: hubToken }),
          store: new ObjectStore({ client, bucket: weightsBucket.name }),
          allowedLicenses: [...allowedLicenses],
          acknowledgments: { pickles: flags.acknowledgePickles, remoteCode: flags.acknowledgeRemoteCode },
          weights: flags.weights,
          signature,
          log,
        });
        print(JSON.stringify({ path, manifestSha256, bytes }, undefined, 2));
      } finally {
        client.destroy();
      }
    });
}
