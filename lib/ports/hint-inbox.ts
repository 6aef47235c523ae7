import type { HintedRecord } from '../domain/hints.ts';
import type { Instant } from '../domain/instant.ts';
import type { StreamKey } from '../domain/names.ts';

export type TakenHints =
  | {
      readonly outcome: 'taken';
      readonly records: readonly HintedRecord[];
      /** Whether others still wait. */
      readonly more: boolean;
    }
  /** Somebody took some a moment ago. `mine`: nobody else comes for the rest, so the caller must, at `until`. */
  | { readonly outcome: 'early'; readonly until: Instant; readonly mine: boolean }
  | { readonly outcome: 'empty' };

/**
 * Records that webhooks told of and nobody has asked for yet, per stream. Only a shortcut: what is lost here is found by
 * the next delta, and a deletion by the next audit. Kept for a day.
 */
export interface HintInbox {
  /** Remembers records, each once. @returns `false`, and remembers none, when too many wait already */
  add(stream: StreamKey, records: readonly HintedRecord[]): Promise<boolean>;
  /**
   * Takes out up to `HINTS_AT_ONCE`, but not within `HINT_GAP_MS` of the last time. Of two at once one gets them.
   * @param due for when the caller has promised to come
   */
  take(stream: StreamKey, due?: Instant): Promise<TakenHints>;
}
