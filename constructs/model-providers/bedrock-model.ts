import { Arn, ArnFormat, Stack, Tags } from 'aws-cdk-lib';
import * as bedrock from 'aws-cdk-lib/aws-bedrock';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { isUnresolved } from '../checks/unresolved';
import { fallbackProblems } from './fallback-chain';
import { type InferenceProfile } from './inference-profile';
import {
  type EgressDestination,
  type IAwsModelEndpoint,
  type IModelEndpoint,
  ModelEndpointKind,
  type ModelRoute,
} from './model-endpoint';
import { serviceDestination } from './service-host';

/** Actions behind InvokeModel and Converse, and their streams. */
const INVOKE = ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream'];

/** A guardrail that exists. */
export interface BedrockGuardrail {
  /** Id of the guardrail, in the account and region of the stack. */
  readonly guardrailId: string;

  /** Version: a number, or `DRAFT`. */
  readonly version: string;
}

/** Properties of `BedrockModel`. */
export interface BedrockModelProps {
  /** Name by which callers ask for the model. */
  readonly modelName: string;

  /** The model, and where its requests may be answered. */
  readonly profile: InferenceProfile;

  /**
   * Tags for the bill. With at least one, an application inference profile is made that bears them, and callers may use the model
   * through it alone.
   *
   * @default - none: what the model costs cannot be told from that of other users of the account
   */
  readonly costTags?: { [name: string]: string };

  /**
   * Guardrail that the gateway passes every request through.
   *
   * @default - none
   */
  readonly guardrail?: BedrockGuardrail;

  /**
   * Model that is asked when this one fails.
   *
   * @default - none
   */
  readonly fallback?: IModelEndpoint;
}

/**
 * A model of Amazon Bedrock.
 *
 * @example
 * const spare = new BedrockModel(this, 'Spare', {
 *   modelName: 'spare',
 *   profile: InferenceProfile.fromProfileId('eu.anthropic.claude-sonnet-4-6'),
 *   costTags: { team: 'search' },
 * });
 */
export class BedrockModel extends Construct implements IAwsModelEndpoint {
  public readonly modelName: string;
  public readonly kind: ModelEndpointKind = ModelEndpointKind.BEDROCK;
  public readonly route: ModelRoute;
  public readonly egress: EgressDestination[];
  public readonly fallback?: IModelEndpoint;

  /** Regions that requests may be answered in; of a global profile, only the one that is called. */
  public readonly destinationRegions: string[];

  /** The application inference profile; undefined without `costTags`. */
  public readonly applicationProfile?: bedrock.CfnApplicationInferenceProfile;

  private readonly profile: InferenceProfile;
  private readonly guardrail?: BedrockGuardrail;

  /**
   * @throws when something is wrong with the props; the error lists every problem.
   */
  constructor(scope: Construct, id: string, props: BedrockModelProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const { modelName, profile, costTags = {}, guardrail } = props;
    const problems = [
      ...fallbackProblems(modelName, props.fallback),
      ...profile._problemsFrom(stack.region),
      ...guardrailProblems(guardrail),
    ];
    if (problems.length > 0) throw new Error(`${this.node.path}:\n  ${problems.join('\n  ')}`);

    this.modelName = modelName;
    this.profile = profile;
    this.guardrail = guardrail;
    this.fallback = props.fallback;
    this.destinationRegions = profile.destinationRegions(stack.region);
    if (Object.keys(costTags).length > 0) this.applicationProfile = this.tagged(costTags);
    this.route = {
      // The path of Converse needs no provider in the name, which an ARN does not hold.
      model: `bedrock/converse/${profile.profileId ?? profile.foundationModelId}`,
      modelId: this.applicationProfile?.attrInferenceProfileArn,
      region: stack.region,
      guardrailIdentifier: guardrail?.guardrailId,
      guardrailVersion: guardrail?.version,
    };
    this.egress = [serviceDestination(stack, 'bedrock-runtime')];
  }

  /**
   * Statements that allow to call the model: the profile itself, and the foundation model in every region that the profile may send
   * a request to, through that profile only. An organization's policy that denies one of these regions makes requests fail.
   */
  public invokeStatements(): iam.PolicyStatement[] {
    const through = this.profileArns();
    const condition = { 'bedrock:InferenceProfileArn': through.length === 1 ? through[0] : through };
    const held = through.length === 0 ? undefined : condition;
    const regions = this.destinationRegions.map((region) => this.modelArn(region));
    const allow = (sid: string, resources: string[], equal?: object, actions = INVOKE) =>
      new iam.PolicyStatement({ sid, actions, resources, conditions: equal && { StringEquals: equal } });
    const worldwide = { ...held, 'aws:RequestedRegion': 'unspecified' };
    const { guardrailId } = this.guardrail ?? {};
    return [
      ...(held ? [allow('Profile', [through[0]])] : []),
      allow('Models', regions, held),
      ...(this.profile.isGlobal ? [allow('Worldwide', [this.modelArn('')], worldwide)] : []),
      ...(guardrailId === undefined
        ? []
        : [allow('Guardrail', [this.arn('guardrail', guardrailId)], undefined, ['bedrock:ApplyGuardrail'])]),
    ];
  }

  /** Lets an identity call the model, wherever its profile sends the requests. */
  public grantInvoke(grantee: iam.IGrantable): iam.Grant {
    return this.invokeStatements()
      .map((statement) =>
        iam.Grant.addToPrincipal({
          grantee,
          actions: statement.actions,
          resourceArns: statement.resources,
          conditions: statement.conditions as Record<string, Record<string, unknown>>,
        }),
      )
      .reduce((all, grant) => all.combine(grant));
  }

  /**
   * A metric of the model in the namespace `AWS/Bedrock`, such as `InvocationServerErrors`, `InvocationThrottles` or `InvocationLatency`.
   * It counts all callers of the account and region that use the same profile.
   */
  public metric(metricName: string, options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/Bedrock',
      metricName,
      dimensionsMap: {
        ModelId:
          this.applicationProfile?.attrInferenceProfileId ?? this.profile.profileId ?? this.profile.foundationModelId,
      },
      ...options,
    }).attachTo(this);
  }

  private tagged(costTags: { [name: string]: string }): bedrock.CfnApplicationInferenceProfile {
    const { profile } = this;
    const application = new bedrock.CfnApplicationInferenceProfile(this, 'Profile', {
      inferenceProfileName: this.node.addr.slice(0, 8) + `-${this.modelName.replace(/\./g, '-')}`.slice(0, 56),
      description: `Requests of ${this.modelName}`,
      modelSource: {
        copyFrom:
          profile.profileId === undefined
            ? this.modelArn(Stack.of(this).region)
            : this.arn('inference-profile', profile.profileId),
      },
    });
    for (const [name, value] of Object.entries(costTags)) Tags.of(application).add(name, value);
    return application;
  }

  /** The profile that is called comes first. A request through an application profile may bear either. */
  private profileArns(): string[] {
    const { profileId } = this.profile;
    return [
      ...(this.applicationProfile ? [this.applicationProfile.attrInferenceProfileArn] : []),
      ...(profileId === undefined ? [] : [this.arn('inference-profile', profileId)]),
    ];
  }

  private arn(resource: string, resourceName: string): string {
    return Stack.of(this).formatArn({ service: 'bedrock', resource, resourceName });
  }

  private modelArn(region: string): string {
    return Arn.format(
      {
        service: 'bedrock',
        region,
        account: '',
        resource: 'foundation-model',
        resourceName: this.profile.foundationModelId,
        arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
      },
      Stack.of(this),
    );
  }
}

function guardrailProblems(guardrail?: BedrockGuardrail): string[] {
  if (guardrail === undefined) return [];
  const { guardrailId, version } = guardrail;
  const problems: string[] = [];
  if (!isUnresolved(guardrailId) && !/^[a-z0-9]+$/.test(guardrailId)) {
    problems.push(
      `guardrail.guardrailId: expected an id of lower-case letters and digits, got ${JSON.stringify(guardrailId)}; give the id, not the ARN`,
    );
  }
  if (!isUnresolved(version) && !/^(DRAFT|[1-9]\d{0,7})$/.test(version)) {
    problems.push(
      `guardrail.version: expected a number or DRAFT, got ${JSON.stringify(version)}; publish a version of the guardrail`,
    );
  }
  return problems;
}
