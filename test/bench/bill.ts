import type { CountedCosts } from './cycle-costs.ts';

/** US dollars per unit, list prices of us-east-1 and of Upstash's pay as you go, without free tiers. */
const PRICES = {
  redisCommand: 0.2 / 100_000,
  writeUnit: 0.625 / 1_000_000,
  readUnit: 0.125 / 1_000_000,
  sqsRequest: 0.4 / 1_000_000,
  invocation: 0.2 / 1_000_000,
  gigabyteSecond: 0.000_013_333_4,
  schedule: 1 / 1_000_000,
} as const;

const CYCLES_A_MONTH = 30 * 24 * 12;
/** Of priority and scheduled tasks, of imports, and of what takes minutes. */
const QUEUES = 4;
/** An event source that limits its concurrency polls an idle queue with five pollers, three times a minute each. */
const IDLE_POLLS_A_MONTH = QUEUES * 5 * 3 * 60 * 24 * 30;

/** Not counted but assumed: what a cycle takes in Lambda, in seconds. */
export const ASSUMED = {
  plannerGigabytes: 0.5,
  syncGigabytes: 1,
  plannerSecondsPerPage: 1.6,
  plannerSecondsPerPartition: 0.001,
  syncSecondsPerPartition: 0.02,
  partitionsPerInvocation: 5,
} as const;

const CHANGING = 0.01;
const RECORDS_PER_PARTITION = 5;
const PAGE = 1_000;

/** A month of one stream: a cycle every five minutes, one partition in a hundred changes with five records each. */
export function monthlyBill(partitions: number, { idle, perChangedPartition }: CountedCosts): number {
  const changed = partitions * CHANGING;
  const pages = Math.max(1, Math.ceil((changed * RECORDS_PER_PARTITION) / PAGE));
  const units = (name: keyof CountedCosts['idle']): number => idle[name] + changed * perChangedPartition[name];
  const plannerSeconds = pages * ASSUMED.plannerSecondsPerPage + changed * ASSUMED.plannerSecondsPerPartition;
  const syncInvocations = changed / ASSUMED.partitionsPerInvocation;
  const perCycle =
    units('redisCommands') * PRICES.redisCommand +
    units('writeUnits') * PRICES.writeUnit +
    units('readUnits') * PRICES.readUnit +
    units('sqsRequests') * PRICES.sqsRequest +
    (1 + syncInvocations) * PRICES.invocation +
    plannerSeconds * ASSUMED.plannerGigabytes * PRICES.gigabyteSecond +
    changed * ASSUMED.syncSecondsPerPartition * ASSUMED.syncGigabytes * PRICES.gigabyteSecond +
    PRICES.schedule;
  return perCycle * CYCLES_A_MONTH + IDLE_POLLS_A_MONTH * PRICES.sqsRequest;
}
