import { Recurrence } from '../domain/recurrence.ts';
import type { Schedule } from '../domain/schedule.ts';
import type { SyncRules } from '../domain/sync-rules.ts';
import type { Connection, SchedulePolicy } from '../ports/connections.ts';
import type { Policy } from './policy.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/** How a stream of a connection syncs: what is said for the stream, else for the connection, else for the stage. */
export function resolveRules(stage: Policy, { policy }: Pick<Connection, 'policy'>, stream: string): SyncRules {
  const { streams, ...shared } = policy;
  const own = streams?.[stream] ?? {};
  const given = { ...stage, ...shared, ...own };
  const schedule = resolveSchedule({ ...shared.schedule, ...own.schedule });
  return {
    enabled: own.enabled ?? true,
    ...(schedule === undefined ? {} : { schedule }),
    intervalMs: given.intervalMinutes * MINUTE_MS,
    staleAfterMs: given.staleAfterMinutes * MINUTE_MS,
    overlapMs: given.overlapMinutes * MINUTE_MS,
    settleMs: given.settleSeconds * SECOND_MS,
    attempts: stage.attempts,
    inlineBytes: stage.inlineBytes,
    detectDiscrepancies: stage.detectDiscrepancies,
    audit: given.audit,
    onConflict: own.onConflict ?? 'update',
  };
}

function resolveSchedule(given: SchedulePolicy): Schedule | undefined {
  const { changes, full, timeZone = 'UTC', skipWithinMinutes = 0 } = given;
  if (Object.keys(given).length === 0) return undefined;
  return {
    ...(changes === undefined ? {} : { changes: new Recurrence(changes, timeZone) }),
    ...(full === undefined ? {} : { full: new Recurrence(full, timeZone) }),
    timeZone,
    skipWithinMs: skipWithinMinutes * MINUTE_MS,
  };
}

/** A policy for a stream that the source does not have would be obeyed by nobody: each is a problem, in words. */
export function strayStreams(
  { policy }: Pick<Connection, 'policy'>,
  streams: readonly { readonly name: string }[],
): readonly string[] {
  const names = streams.map(({ name }) => name);
  return Object.keys(policy.streams ?? {})
    .filter((name) => !names.includes(name))
    .map((name) => `policy.streams: "${name}" is no stream of this source; expected one of ${names.join(', ')}`);
}
