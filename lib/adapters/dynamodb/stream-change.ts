import { laterOf } from '../../domain/instant.ts';
import type { StreamState } from '../../domain/stream.ts';
import type { StreamChange } from '../../ports/stream-store.ts';

/**
 * The stream after a delta. `current` is the item as it is now, `begun` as it was when the delta began: a watermark
 * that has moved further meanwhile stays, and so does a due time that somebody has set meanwhile.
 */
export function changeStream(current: StreamState, begun: StreamState, change: StreamChange): StreamState {
  const { watermark: before, nextDueAt: due, lastError, checkpoint: reached, ...rest } = current;
  const watermark =
    before === undefined || change.watermark === undefined
      ? (change.watermark ?? before)
      : laterOf(before, change.watermark);
  const nextDueAt = due === begun.nextDueAt ? (change.nextDueAt ?? due) : due;
  const error = change.lastError === undefined ? lastError : (change.lastError ?? undefined);
  const checkpoint = change.checkpoint === undefined ? reached : change.checkpoint;
  return {
    ...rest,
    ...(watermark !== undefined && { watermark }),
    loaded: change.loaded ?? current.loaded,
    handedOut: change.handedOut ?? current.handedOut,
    ...(nextDueAt !== undefined && { nextDueAt }),
    ...(change.intervalMs !== undefined && { intervalMs: change.intervalMs }),
    ...(change.intervalReason !== undefined && { intervalReason: change.intervalReason }),
    failures: change.failures ?? current.failures,
    ...(error !== undefined && { lastError: error }),
    ...(change.lastCycleAt !== undefined && { lastCycleAt: change.lastCycleAt }),
    cacheCycle: change.cacheCycle ?? current.cacheCycle,
    ...(checkpoint && { checkpoint }),
  };
}
