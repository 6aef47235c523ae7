import { type Instant, instantFromMs } from '../../domain/instant.ts';
import { SourceFailure } from '../../ports/source.ts';

/** Where a query of several lists stands. */
export interface ListPosition {
  /** Which of the query's lists is being read. */
  readonly list: number;
  /** The id that the page before ended with; absent at the beginning of a list. */
  readonly after?: string;
  /** The source's clock at the first answer: all of a query goes by one day. */
  readonly asOf: Instant;
}

const CURSOR = /^1\.(\d{1,4})\.(\d{1,14})\.(\d{0,19})$/;

export function writeCursor({ list, after = '', asOf }: ListPosition): string {
  return `1.${list}.${asOf}.${after}`;
}

/** @throws SourceFailure `source-cursor-expired` when the text is none of ours, so that the query starts anew */
export function readCursor(cursor: string): ListPosition {
  const match = CURSOR.exec(cursor);
  if (!match) throw cursorExpired();
  const after = match[3];
  return { list: Number(match[1]), asOf: instantFromMs(Number(match[2])), ...(after ? { after } : {}) };
}

export function cursorExpired(): SourceFailure {
  return new SourceFailure('source-cursor-expired', 'Cliniko: the page token is of another version');
}
