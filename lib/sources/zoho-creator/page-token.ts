import { SourceFailure } from '../../ports/source.ts';

/** Where a query of several requests stands. */
export interface PagePosition {
  /** Which chunk of a query's ids is being read; 0 without ids. */
  readonly chunk: number;
  /** Pages without records in a row. */
  readonly emptyPages: number;
  /** Creator's own token; absent at the beginning of a chunk. */
  readonly cursor?: string;
}

export const FIRST_PAGE: PagePosition = { chunk: 0, emptyPages: 0 };

const TOKEN = /^(\d{1,6})\.(\d)\.([\x21-\x7e]{0,980})$/;

export function writePageToken(position: PagePosition): string {
  return `${position.chunk}.${position.emptyPages}.${position.cursor ?? ''}`;
}

/** @throws SourceFailure `source-cursor-expired` when the text is none of ours, so that the query starts anew */
export function readPageToken(token: string | undefined): PagePosition {
  if (token === undefined) return FIRST_PAGE;
  const match = TOKEN.exec(token);
  if (!match) throw new SourceFailure('source-cursor-expired', 'Zoho Creator: the page token is of another version');
  const cursor = match[3];
  return { chunk: Number(match[1]), emptyPages: Number(match[2]), ...(cursor ? { cursor } : {}) };
}
