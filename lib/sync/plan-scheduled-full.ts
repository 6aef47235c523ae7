import type { StreamKey } from '../domain/names.ts';
import type { StreamState } from '../domain/stream.ts';
import { requestFulls } from './request-fulls.ts';
import type { StreamContext } from './sync-context.ts';

/**
 * Has all of the stream read when an instant of its own schedule has passed since the last time: once, however many
 * have. Before its first cycle nothing is asked for, because that reads everything.
 */
export async function planScheduledFull(context: StreamContext, key: StreamKey, state: StreamState): Promise<void> {
  const { full } = context.stream.rules.schedule ?? {};
  const since = state.lastFullAt ?? state.lastCycleAt;
  const now = context.clock.now();
  if (full === undefined || since === undefined || state.paused) return;
  if (full.next(since) > now) {
    // Counted on from here: an instant that passes while a cycle is under way would be before that cycle's end.
    if (state.lastFullAt === undefined) await context.streams.markFull(key, since);
    return;
  }
  await requestFulls(context);
  await context.streams.markFull(key, now);
  context.telemetry.log('info', 'all of a stream is read, as its schedule says', { ...key });
}
