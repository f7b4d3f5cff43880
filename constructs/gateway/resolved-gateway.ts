import { type EgressDestination, type RoutedKey } from '../model-providers/model-endpoint';
import { type RolloutStrategy } from '../rollout/rollout-strategy';
import { type RolloutContext } from '../rollout/strategy-plan';
import { type GatewayEngineConfig } from './gateway-engine';
import { type GatewayCaller } from './gateway-options';

/** Times of a gateway, seconds. */
export interface GatewayTimes {
  readonly requestTimeoutSeconds: number;
  readonly cooldownSeconds: number;
  readonly cacheSeconds: number;
  readonly deadlineSeconds: number;
}

/** Where Redis is. */
export interface ResolvedRedis {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly password: boolean;
  readonly ipv4Ranges?: readonly string[];
}

/** A gateway with every default, and its times in seconds. */
export interface ResolvedGateway extends RolloutContext, GatewayTimes {
  readonly image: string;
  readonly imagePullSecrets: readonly string[];
  readonly maxReplicas: number;
  readonly rollout: RolloutStrategy;
  readonly engine: GatewayEngineConfig;
  /** Files of the configuration directory. */
  readonly files: Readonly<Record<string, string>>;
  readonly keys: readonly RoutedKey[];
  readonly egress: readonly EgressDestination[];
  /** Whether pods act as an IAM role. */
  readonly awsIdentity: boolean;
  readonly redis: ResolvedRedis;
  readonly callers: readonly GatewayCaller[];
  readonly preStopSeconds: number;
  readonly shutdownTimeoutSeconds: number;
  readonly terminationGracePeriodSeconds: number;
  readonly maxBodyBytes: number;
  readonly allowedFailures: number;
  readonly plannedRolloutSeconds: number;
}
