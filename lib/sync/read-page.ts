import { SourceFailure, type SourcePage, type SourceQuery } from '../ports/source.ts';
import { withRetries } from './retry.ts';
import type { StreamContext } from './sync-context.ts';

/**
 * Reads one page, trying again while the source is briefly unavailable. What the vendor says about its limits is
 * remembered for all workers of the connection.
 * @throws SourceFailure
 */
export async function readPage(context: StreamContext, query: SourceQuery, cursor?: string): Promise<SourcePage> {
  try {
    return await withRetries(
      context,
      context.connection.rules.attempts,
      ({ code }) => code === 'source-unavailable' || code === 'source-malformed',
      () => context.source.read(query, cursor),
    );
  } catch (error) {
    if (error instanceof SourceFailure) await rememberLimit(context, error);
    throw error;
  }
}

/** A refusal with a status came from the vendor; one without came from the budget, which knows already. */
async function rememberLimit(context: StreamContext, failure: SourceFailure): Promise<void> {
  const { retryAt, status, code } = failure;
  if (retryAt === undefined || status === undefined) return;
  if (code !== 'source-rate-limited' && code !== 'source-quota-spent') return;
  const connection = context.connection.connection.id;
  context.telemetry.metric('SourceThrottles', 1, { connection });
  await context.budget.pause(connection, retryAt, code === 'source-quota-spent' ? 'quota-spent' : 'rate-limited');
}
