import { type Instant, instantFromMs } from '../../domain/instant.ts';
import { SourceFailure } from '../../ports/source.ts';

/** Where a query of several lists stands. */
export interface ListPosition {
  /** Which of the query's lists is being read. */
  readonly list: number;
  /** The id that the page before ended with; absent at the beginning of a list. */
  readonly after?: string;
  /** The page's number, where the list is read by numbers. */
  readonly page?: number;
  /** How many rows the list had a page ago, where it is read by numbers. */
  readonly counted?: number;
  /** The source's clock at the first answer: all of a query goes by one day. */
  readonly asOf: Instant;
}

const BY_IDS = /^1\.(\d{1,4})\.(\d{1,14})\.(\d{0,19})$/;
const BY_NUMBER = /^2\.(\d{1,4})\.(\d{1,14})\.(\d{1,10})\.(\d{0,15})$/;

export function writeCursor({ list, after = '', page, counted, asOf }: ListPosition): string {
  return page === undefined ? `1.${list}.${asOf}.${after}` : `2.${list}.${asOf}.${page}.${counted ?? ''}`;
}

/** @throws SourceFailure `source-cursor-expired` when the text is none of ours, so that the query starts anew */
export function readCursor(cursor: string): ListPosition {
  const match = BY_IDS.exec(cursor) ?? BY_NUMBER.exec(cursor);
  if (!match) throw cursorExpired();
  const [, list, asOf, place, counted] = match;
  const position = { list: Number(list), asOf: instantFromMs(Number(asOf)) };
  if (counted === undefined) return { ...position, ...(place ? { after: place } : {}) };
  return { ...position, page: Number(place), ...(counted === '' ? {} : { counted: Number(counted) }) };
}

export function cursorExpired(): SourceFailure {
  return new SourceFailure('source-cursor-expired', 'Cliniko: the page token is of another version');
}
