import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod';
import { DEFAULT_POLICY } from '../lib/config/policy.ts';
import { CONNECTION_ID, STREAM_NAME } from '../lib/domain/names.ts';
import { AUDIT_MODES } from '../lib/domain/sync-rules.ts';
import type { StageOptions } from './stage-options.ts';

const RUNBOOK_URL = 'https://github.com/tidemark-sync/tidemark/blob/main/docs/runbook.md';
const LONGEST_MINUTES = 1_440;

const count = (least: number, most: number) => z.int().min(least).max(most);
const minutes = z.number().positive().max(LONGEST_MINUTES);

const schedule = (cron: string, enabled: boolean) =>
  z
    .strictObject({
      cron: z
        .string()
        .regex(/^\S+( \S+){5}$/, 'must have six fields, as 0/5 * * * ? *')
        .default(cron),
      timeZone: z.string().refine(isTimeZone, 'must be an IANA time zone, as Europe/London').default('Etc/UTC'),
      enabled: z.boolean().default(enabled),
    })
    .prefault({});

const schema = z
  .strictObject({
    // The lane of a message is told by its queue's name, of which the stage is a part.
    stage: z
      .string()
      .regex(/^(?!.*priority)[a-z][a-z0-9-]{0,15}$/, 'must be 1 to 16 of a-z, 0-9 and -, without the word priority'),
    account: z
      .string()
      .regex(/^\d{12}$/, 'must have 12 digits')
      .exactOptional(),
    region: z
      .string()
      .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region, as eu-central-1')
      .exactOptional(),
    schedules: z
      .strictObject({
        plan: schedule('0/5 * * * ? *', true),
        discover: schedule('7 * * * ? *', true),
        full: schedule('0 2 * * ? *', false),
        audit: schedule('30 3 * * ? *', true),
      })
      .prefault({}),
    policy: z
      .strictObject({
        intervalMinutes: minutes.default(DEFAULT_POLICY.intervalMinutes),
        staleAfterMinutes: minutes.int().default(DEFAULT_POLICY.staleAfterMinutes),
        overlapMinutes: minutes.default(DEFAULT_POLICY.overlapMinutes),
        settleSeconds: z.number().positive().max(3_600).default(DEFAULT_POLICY.settleSeconds),
        batchSize: count(1, 10).default(DEFAULT_POLICY.batchSize),
        attempts: count(1, 10).default(DEFAULT_POLICY.attempts),
        // Doubled twice with jitter it must stay below the time after which queues show a message again: 720 seconds.
        retrySeconds: z.number().positive().max(180).default(DEFAULT_POLICY.retrySeconds),
        inlineBytes: count(0, 200_000).default(DEFAULT_POLICY.inlineBytes),
        detectDiscrepancies: z.boolean().default(DEFAULT_POLICY.detectDiscrepancies),
        audit: z.enum(AUDIT_MODES).default(DEFAULT_POLICY.audit),
      })
      .refine((policy) => policy.staleAfterMinutes > policy.intervalMinutes, {
        path: ['staleAfterMinutes'],
        message: 'must be greater than intervalMinutes, or every stream would always be stale',
      })
      .prefault({}),
    laneConcurrency: z
      .strictObject({
        priority: count(2, 1_000).default(2),
        scheduled: count(2, 1_000).default(2),
        slow: count(2, 1_000).default(4),
      })
      .prefault({}),
    apiThrottle: z
      .strictObject({ requestsPerSecond: count(1, 10_000).default(10), burst: count(1, 5_000).default(20) })
      .prefault({}),
    webhookThrottle: z
      .strictObject({ requestsPerSecond: count(1, 10_000).default(20), burst: count(1, 5_000).default(100) })
      .prefault({}),
    alarmEmail: z.email().exactOptional(),
    watchedConnections: z
      .array(
        z.strictObject({
          id: z.string().regex(CONNECTION_ID, "must be a connection's id"),
          streams: z.array(z.string().regex(STREAM_NAME, "must be a stream's name")).min(1),
          staleAfterMinutes: minutes.int().exactOptional(),
        }),
      )
      .default([]),
    logRetentionDays: z
      .int()
      .refine((days) => days in RetentionDays, 'must be a retention CloudWatch offers: 1, 3, 5, 7, 14, 30, 60, 90, …')
      .default(RetentionDays.ONE_MONTH),
    logLevel: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']).default('INFO'),
    runbookUrl: z.url({ protocol: /^https$/ }).default(RUNBOOK_URL),
  })
  .readonly();

/** A deployment's settings, complete and checked. */
export type StageConfig = z.infer<typeof schema>;
export type ScheduleConfig = StageConfig['schedules']['plan'];

/**
 * Fills in the defaults.
 * @throws Error that names every setting that is wrong, and what it must be
 */
export function resolveStage(options: StageOptions): StageConfig {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `  ${path.join('.') || 'the entry'}: ${message}`);
  throw new Error(`infra/config.ts, stage "${options.stage}":\n${problems.join('\n')}`);
}

/**
 * The stage to build.
 * @param wanted its name. @default - the first one
 * @throws Error when there is no such stage, it is configured wrongly, or two stages may meet in one place
 */
export function chooseStage(stages: readonly StageOptions[], wanted?: string): StageConfig {
  refuseSharedPlaces(stages);
  const chosen = wanted === undefined ? stages[0] : stages.find(({ stage }) => stage === wanted);
  if (chosen !== undefined) return resolveStage(chosen);
  const known = stages.map(({ stage }) => stage).join(', ');
  throw new Error(`infra/config.ts has no stage "${wanted ?? ''}"; it has ${known || 'none'}`);
}

/** Metrics carry no stage, so two stages in one account and region would read each other's figures. */
function refuseSharedPlaces(stages: readonly StageOptions[]): void {
  const seen = new Map<string, string>();
  for (const { stage, account = 'any account', region = 'any region' } of stages) {
    const place = `${account}, ${region}`;
    const other = seen.get(place);
    if (other !== undefined) {
      throw new Error(`infra/config.ts: stages "${other}" and "${stage}" need different accounts or regions`);
    }
    seen.set(place, stage);
  }
}

/** Where a stage's parameters are. */
export function parameterPrefix({ stage }: Pick<StageConfig, 'stage'>): string {
  return `/tidemark/${stage}`;
}

function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
