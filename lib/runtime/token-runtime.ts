import { SsmParameters } from '../adapters/ssm/ssm-parameters.ts';
import { SystemClock } from '../adapters/system/system-clock.ts';
import { PowertoolsTelemetry } from '../adapters/telemetry/powertools-telemetry.ts';
import { readEnvironment } from '../config/read-environment.ts';
import type { ApiTokens } from '../ports/parameters.ts';
import { createSsmApi } from './aws-clients.ts';

/** The little that checking a token needs: kept apart, so that the authorizer starts fast. */
export interface TokenRuntime {
  readonly tokens: ApiTokens;
  readonly telemetry: PowertoolsTelemetry;
}

export function createTokenRuntime(service: string): TokenRuntime {
  const { parameterPrefix } = readEnvironment();
  const tokens = new SsmParameters(createSsmApi(), parameterPrefix, new SystemClock());
  return { tokens, telemetry: new PowertoolsTelemetry(service) };
}
