import * as z from 'zod/mini';
import { AUDIT_MODES } from '../domain/sync-rules.ts';
import './english.ts';
import { ENVIRONMENT_VARIABLES, LOOPBACK_VARIABLE } from './environment.ts';
import { DEFAULT_POLICY, type Policy } from './policy.ts';

const positive = z.number().check(z.positive());

const policySchema = z.object({
  intervalMinutes: positive,
  staleAfterMinutes: positive,
  overlapMinutes: positive,
  settleSeconds: positive,
  batchSize: z.int().check(z.minimum(1), z.maximum(10)),
  attempts: z.int().check(z.minimum(1), z.maximum(10)),
  retrySeconds: positive,
  inlineBytes: z.int().check(z.minimum(0), z.maximum(200_000)),
  detectDiscrepancies: z.boolean(),
  audit: z.enum(AUDIT_MODES),
});

export interface Environment {
  readonly stage: string;
  readonly tableName: string;
  readonly priorityQueueUrl: string;
  readonly scheduledQueueUrl: string;
  readonly importsQueueUrl: string;
  readonly slowQueueUrl: string;
  readonly deadLetterQueueUrl: string;
  readonly importBucket: string;
  readonly parameterPrefix: string;
  readonly policy: Policy;
  /** Where the function's own files are. */
  readonly bundleFolder: string;
  /** Whether connections may name plain-http loopback hosts: only on the local host. */
  readonly allowLoopback: boolean;
}

/** What the template and the host say, read once per environment. @throws Error that names every variable missing */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>> = process.env): Environment {
  const missing = ENVIRONMENT_VARIABLES.filter((name) => variables[name] === undefined);
  if (missing.length > 0) throw new Error(`environment variables are missing: ${missing.join(', ')}`);
  const text = (name: (typeof ENVIRONMENT_VARIABLES)[number]): string => variables[name] ?? '';
  return {
    stage: text('STAGE'),
    tableName: text('TABLE_NAME'),
    priorityQueueUrl: text('PRIORITY_QUEUE_URL'),
    scheduledQueueUrl: text('SCHEDULED_QUEUE_URL'),
    importsQueueUrl: text('IMPORTS_QUEUE_URL'),
    slowQueueUrl: text('SLOW_QUEUE_URL'),
    deadLetterQueueUrl: text('DEAD_LETTER_QUEUE_URL'),
    importBucket: text('IMPORTS_BUCKET'),
    parameterPrefix: text('PARAMETER_PREFIX'),
    policy: parsePolicy(text('POLICY')),
    bundleFolder: variables.LAMBDA_TASK_ROOT ?? '.',
    allowLoopback: variables[LOOPBACK_VARIABLE] === 'allow',
  };
}

function parsePolicy(text: string): Policy {
  const given: unknown = JSON.parse(text);
  return policySchema.parse({ ...DEFAULT_POLICY, ...(typeof given === 'object' ? given : {}) });
}

/** What Lambda hands over of AWS itself; constant while an execution environment lives. */
export interface AwsAccess {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Where an emulator of the parameter store listens. */
  readonly ssmEndpoint?: string;
  /** Where an emulator of S3 listens. */
  readonly s3Endpoint?: string;
}

export function readAwsAccess(variables: Readonly<Record<string, string | undefined>> = process.env): AwsAccess {
  const sessionToken = variables.AWS_SESSION_TOKEN;
  const { AWS_ENDPOINT_URL_SSM: ssmEndpoint, AWS_ENDPOINT_URL_S3: s3Endpoint } = variables;
  return {
    region: variables.AWS_REGION ?? '',
    accessKeyId: variables.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: variables.AWS_SECRET_ACCESS_KEY ?? '',
    ...(sessionToken === undefined ? {} : { sessionToken }),
    ...(ssmEndpoint === undefined ? {} : { ssmEndpoint }),
    ...(s3Endpoint === undefined ? {} : { s3Endpoint }),
  };
}
