import { SourceFailure } from '../../ports/source.ts';
import { parseFields } from '../kit/reading.ts';
import { isSmallerId, readId } from './record-id.ts';

export type LastId =
  /** The id with which the page ends; `after` when no row has one. */
  { readonly outcome: 'ordered'; readonly id: string | undefined } | { readonly outcome: 'disordered' };

/**
 * What goes on by ids passes over rows unless they come in the order of their ids, after the one that they were to follow.
 * @param after the id after which the page was to begin
 */
export function lastIdOf(rows: readonly string[], after: string | undefined): LastId {
  let last = after;
  for (const row of rows) {
    const id = readId(parseFields(row) ?? {});
    if (id.outcome !== 'read') continue;
    if (last !== undefined && !isSmallerId(last, id.id)) return { outcome: 'disordered' };
    last = id.id;
  }
  return { outcome: 'ordered', id: last };
}

/**
 * Whether an account understands no id to begin after: the documentation gives ids as numbers, which can be compared, and as
 * texts, which cannot. Such a list is read by the numbers of its pages.
 */
export function refusesIdOrder(error: unknown): error is SourceFailure {
  return error instanceof SourceFailure && (error.status === 400 || error.status === 422);
}
