import { type IResolvable, Token } from 'aws-cdk-lib';

/**
 * A map that may change until the template is written, such as the tags of a scope. A chart gets it as text, by `toString`: cdk8s would
 * resolve a token that is an object as soon as it renders the chart.
 */
export class LateMap implements IResolvable {
  public readonly creationStack: string[] = [];

  constructor(private readonly produce: () => Readonly<Record<string, string>>) {}

  public resolve(): Readonly<Record<string, string>> {
    return this.produce();
  }

  public toString(): string {
    return Token.asString(this);
  }
}
