import { LOOPBACK_VARIABLE } from '../../lib/config/environment.ts';
import type { FunctionDefinition } from './lambda/function-definition.ts';
import type { LocalServices } from './services.ts';

/** Where this machine's services are, for the SDKs inside the bundles, and what only the local host may switch on. */
export function endpointVariables({ dynamodb, sqs, ssm, s3 }: LocalServices): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
    AWS_ENDPOINT_URL_SQS: sqs.url,
    AWS_ENDPOINT_URL_SSM: ssm.url,
    AWS_ENDPOINT_URL_S3: s3.url,
    [LOOPBACK_VARIABLE]: 'allow',
    POWERTOOLS_TRACE_ENABLED: 'false',
    POWERTOOLS_DEV: 'false',
  };
}

const HASTENED: ReadonlySet<string> = new Set(['intervalMinutes', 'retrySeconds']);

/**
 * The policy with its interval, and the time after which failed tasks come back, divided by `speed`. Schedules that fire
 * more often are not enough to run faster: the planner asks a stream only when its interval is over. Overlap, settle delay and staleness stay, since the source's clock does
 * not run faster.
 */
export function hastened(definition: FunctionDefinition, speed: number): FunctionDefinition {
  const policy = definition.variables.POLICY;
  if (policy === undefined || speed === 1) return definition;
  const given: unknown = JSON.parse(policy);
  if (typeof given !== 'object' || given === null) return definition;
  const hastened = Object.entries(given).map(([name, value]: [string, unknown]) => [
    name,
    HASTENED.has(name) && typeof value === 'number' ? value / speed : value,
  ]);
  const POLICY = JSON.stringify(Object.fromEntries(hastened));
  return { ...definition, variables: { ...definition.variables, POLICY } };
}
