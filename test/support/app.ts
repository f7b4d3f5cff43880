import { App, type AppProps } from 'aws-cdk-lib';
import cdkJson from '../../cdk.json';

/** An App with the feature flags of cdk.json, which `new App()` does not read by itself. */
export function testApp(props: AppProps = {}): App {
  return new App({ ...props, context: { ...cdkJson.context, ...props.context } });
}
