import { SourceFailure } from '../../ports/source.ts';
import { ownField } from '../kit/exact-json.ts';
import { parseFields } from '../kit/reading.ts';
import type { ZohoSettings } from './settings.ts';

type Times = Pick<ZohoSettings, 'addedTimeField' | 'modifiedTimeField'>;

/**
 * Refuses a page that shows nothing of what a sweep asked for: an account that reads `custom` as another view would
 * otherwise seem to have no records at all. Asked of a page's system fields alone, which every record has: a page of
 * records without an event is no reason to stop.
 * @throws SourceFailure `source-misconfigured`
 */
export function requireVersionFields(elements: readonly string[], times: Times): void {
  const rows = elements.map(parseFields).filter((row) => row !== undefined);
  const shows = (...fields: readonly string[]) =>
    rows.some((row) => fields.some((field) => ownField(row, field) !== undefined));
  if (rows.length === 0 || (shows('ID') && shows(times.addedTimeField, times.modifiedTimeField))) return;
  throw new SourceFailure(
    'source-misconfigured',
    'Zoho Creator: the answer to a sweep shows no ID or no time: check the connection, or set sweepFields to all',
  );
}
