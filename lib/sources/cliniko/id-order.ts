import { SourceFailure } from '../../ports/source.ts';
import { parseFields } from '../kit/reading.ts';
import { isSmallerId, readId } from './record-id.ts';

/**
 * The id with which a page ends; `after` when no row has one. What goes on by ids passes over rows unless they come in
 * the order of their ids: a page that does not is refused.
 * @param after the id after which the page was to begin
 * @throws SourceFailure `source-misconfigured`
 */
export function lastIdOf(rows: readonly string[], after: string | undefined): string | undefined {
  let last = after;
  for (const row of rows) {
    const id = readId(parseFields(row) ?? {});
    if (id.outcome !== 'read') continue;
    if (last !== undefined && !isSmallerId(last, id.id)) {
      const message = 'Cliniko: a list does not come in the order of ids, as it was asked for';
      throw new SourceFailure('source-misconfigured', message);
    }
    last = id.id;
  }
  return last;
}
