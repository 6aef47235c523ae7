import { Failure } from '../domain/failure.ts';
import { tooManyRejected } from '../domain/rejection-brake.ts';
import {
  SourceFailure,
  type SourcePage,
  type SourceQuery,
  type SweepQuery,
  type VersionPage,
} from '../ports/source.ts';
import { withRetries } from './retry.ts';
import type { StreamContext } from './sync-context.ts';

/**
 * Reads one page, trying again while the source is briefly unavailable. What the vendor says about its limits is
 * remembered for all workers of the connection.
 * @throws SourceFailure, and Failure `too-many-rejected` for a page that is mostly unreadable: the run stops there
 */
export async function readPage(context: StreamContext, query: SourceQuery, cursor?: string): Promise<SourcePage> {
  const page = await asking(context, () => context.source.read(query, cursor));
  // A query for quarantined records by their ids may well find nothing else.
  if (query.ids === undefined) stopIfUnreadable(context, page);
  return page;
}

/** Reads one page of ids and modified times; otherwise as `readPage`. @throws SourceFailure */
export function sweepPage(context: StreamContext, query: SweepQuery, cursor?: string): Promise<VersionPage> {
  return asking(context, () => context.source.sweep(query, cursor));
}

/** A call that is given up takes so long: what is begun later would be cut off. */
const LONGEST_CALL_MS = 31_000;

/** After an answer that took minutes nobody has as many left: then the task comes back instead. */
async function asking<T>(context: StreamContext, ask: () => Promise<T>): Promise<T> {
  try {
    return await withRetries(
      context,
      context.stream.slow === true ? 1 : context.stream.rules.attempts,
      ({ code }) =>
        (code === 'source-unavailable' || code === 'source-malformed') && context.slice.remainingMs() > LONGEST_CALL_MS,
      ask,
    );
  } catch (error) {
    if (error instanceof SourceFailure) await rememberLimit(context, error);
    throw error;
  }
}

function stopIfUnreadable(context: StreamContext, page: SourcePage): void {
  const rejected = page.rejected.length;
  const read = page.records.length + rejected;
  if (!tooManyRejected(rejected, read)) return;
  const key = { connection: context.connection.connection.id, stream: context.stream.name };
  context.telemetry.metric('RunsStopped', 1, key);
  throw new Failure(
    `${rejected} of ${read} records of one page cannot be read (${page.rejected[0]?.reason}): has the source changed its fields?`,
    { code: 'too-many-rejected', retryable: true },
  );
}

/** A refusal with a status came from the vendor; one without came from the budget, which knows already. */
export async function rememberLimit(
  context: Pick<StreamContext, 'connection' | 'budget' | 'telemetry'>,
  failure: SourceFailure,
): Promise<void> {
  const { retryAt, status, code } = failure;
  if (retryAt === undefined || status === undefined) return;
  if (code !== 'source-rate-limited' && code !== 'source-quota-spent') return;
  const connection = context.connection.connection.id;
  context.telemetry.metric('SourceThrottles', 1, { connection });
  await context.budget.pause(connection, retryAt, code === 'source-quota-spent' ? 'quota-spent' : 'rate-limited');
}
