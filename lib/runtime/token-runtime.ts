import { SsmParameters } from '../adapters/ssm/ssm-parameters.ts';
import { SystemClock } from '../adapters/system/system-clock.ts';
import { CloudWatchTelemetry } from '../adapters/telemetry/cloudwatch-telemetry.ts';
import { readEnvironment } from '../config/read-environment.ts';
import type { ApiTokens } from '../ports/parameters.ts';
import { createSsmApi } from './aws-clients.ts';

/** The little that checking a token needs: kept apart, so that the authorizer starts fast. */
export interface TokenRuntime {
  readonly tokens: ApiTokens;
  readonly telemetry: CloudWatchTelemetry;
}

export function createTokenRuntime(service: string): TokenRuntime {
  const { parameterPrefix, logLevel: leastLevel } = readEnvironment();
  const clock = new SystemClock();
  const tokens = new SsmParameters(createSsmApi(), parameterPrefix, clock);
  return { tokens, telemetry: new CloudWatchTelemetry({ service, leastLevel, clock }) };
}
