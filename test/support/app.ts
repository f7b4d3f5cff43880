import { App, type AppProps } from 'aws-cdk-lib';
import cdkJson from '../../cdk.json';

/** What no assertion on a template looks at: where constructs were made, and copies of assets. */
const LEFT_OUT = {
  'aws:cdk:disable-stack-trace': true,
  'aws:cdk:disable-creation-stack-traces': true,
  'aws:cdk:disable-asset-staging': true,
};

interface TestAppProps extends AppProps {
  /**
   * Write the whole assembly, for tests that read its files. Copies of handlers and tools, 40 MB, and metadata are a
   * quarter of the time of a synthesis.
   *
   * @default - only with an `outdir`
   */
  readonly wholeAssembly?: boolean;
}

/** An App with the feature flags of cdk.json, which `new App()` does not read by itself. */
export function testApp({ wholeAssembly, ...props }: TestAppProps = {}): App {
  const whole = wholeAssembly ?? props.outdir !== undefined;
  return new App({
    treeMetadata: whole,
    ...props,
    context: { ...cdkJson.context, ...(whole ? {} : LEFT_OUT), ...props.context },
  });
}
