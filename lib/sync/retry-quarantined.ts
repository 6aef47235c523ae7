import { Failure } from '../domain/failure.ts';
import type { StreamKey } from '../domain/names.ts';
import { canBeAskedFor } from '../domain/record.ts';
import type { SourcePage } from '../ports/source.ts';
import { readPage } from './read-page.ts';
import type { StreamContext } from './sync-context.ts';

/** How many quarantined records one cycle looks at: those due may stand behind many that are not. */
const LOOKED_AT = 500;

/** How many of them it asks for. */
const PER_CYCLE = 50;

/**
 * Asks again for quarantined records whose time has come, by id: what is healthy now is handed out like any change,
 * what is gone is released, and what is still broken waits longer. Costs one call, and only when something is due.
 */
export async function retryQuarantined(
  context: StreamContext,
  key: StreamKey,
  handOut: (page: SourcePage) => Promise<void>,
): Promise<void> {
  const now = context.clock.now();
  const listed = await context.quarantine.list(key, LOOKED_AT);
  const due = listed.filter((record) => record.retryAt <= now && canBeAskedFor(record)).slice(0, PER_CYCLE);
  if (due.length === 0) return;
  try {
    await askAgain(
      context,
      key,
      due.map(({ id }) => id),
      handOut,
    );
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    context.telemetry.log('warn', 'quarantined records could not be asked for', { ...key, code: error.code });
  }
}

async function askAgain(
  context: StreamContext,
  key: StreamKey,
  ids: readonly string[],
  handOut: (page: SourcePage) => Promise<void>,
): Promise<void> {
  const released = new Set(ids);
  let cursor: string | undefined;
  do {
    const page: SourcePage = await readPage(context, { stream: key.stream, ids }, cursor);
    await handOut({ ...page, rejected: [] });
    if (page.rejected.length > 0) await context.quarantine.put(key, page.rejected);
    for (const { id } of page.rejected) released.delete(id);
    cursor = page.next;
  } while (cursor !== undefined);
  await context.quarantine.release(key, [...released]);
  context.telemetry.log('info', 'quarantined records asked for again', {
    ...key,
    asked: ids.length,
    released: released.size,
  });
}
