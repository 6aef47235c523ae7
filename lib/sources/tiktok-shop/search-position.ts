import * as z from 'zod/mini';
import { SourceFailure } from '../../ports/source.ts';

/** Where a search stands. Instants are epoch seconds, as the vendor counts. */
export interface SearchPosition {
  /** The window: from this second on. Absent: from the beginning of the shop. */
  readonly from?: number;
  /** Before this second. Absent: to the vendor's now. */
  readonly before?: number;
  /** The window's own end, while one of its seconds is read by itself. */
  readonly until?: number;
  /** The vendor's page token; absent at the beginning of a chain of pages. */
  readonly token?: string;
  /** Everything in the window up to this second has been read. */
  readonly reached?: number;
  /** How many records the vendor counted in the window, a page ago. */
  readonly counted?: number;
  /** How many records the whole query has. */
  readonly total?: number;
  /** How the search goes on from page to page. */
  readonly paging: 'tokens' | 'keyset';
  /** What comes after the window: nothing, what may have left it meanwhile, or this is that already. */
  readonly after: 'nothing' | 'what-left' | 'end';
  /** Whether what leaves the window must be read too: without a lower bound a read is to have everything. */
  readonly complete: boolean;
}

const second = z.int().check(z.minimum(0));

const schema = z.strictObject({
  from: z.exactOptional(second),
  before: z.exactOptional(second),
  until: z.exactOptional(second),
  token: z.exactOptional(z.string()),
  reached: z.exactOptional(second),
  counted: z.exactOptional(second),
  total: z.exactOptional(second),
  paging: z.enum(['tokens', 'keyset']),
  after: z.enum(['nothing', 'what-left', 'end']),
  complete: z.boolean(),
});

/** The cursor that a page hands out: at most 1 KB, because a page token has at most 700 characters. */
export function writeSearchPosition(position: SearchPosition): string {
  return JSON.stringify(position);
}

/** @throws SourceFailure `source-cursor-expired` when the text is none of ours, so that the query starts anew */
export function readSearchPosition(cursor: string): SearchPosition {
  const parsed = schema.safeParse(parseJson(cursor));
  if (parsed.success) return parsed.data;
  throw new SourceFailure('source-cursor-expired', 'TikTok Shop: the cursor is of another version');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
