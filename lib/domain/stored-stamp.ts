import { NO_SEGMENT } from './cache-layout.ts';
import { EPOCH, type Instant, instantFromMs } from './instant.ts';
import { OLDEST_STAMP, parseStamp, STAMP_LENGTH, type Stamp } from './stamp.ts';

/**
 * How a record came to be as it is in the cache. `gone` and `forgotten` are tombstones: the record is not there, and
 * nothing older than the stamp may bring it back.
 */
export const WRITE_PATHS = {
  inline: 'i',
  window: 'w',
  full: 'f',
  walk: 'k',
  repair: 'r',
  import: 'm',
  gone: 'g',
  forgotten: 'x',
} as const;

export type WritePath = keyof typeof WRITE_PATHS;

/** What the cache keeps beside a record: its stamp, by which path it was written last, and when. */
export interface StoredStamp {
  readonly stamp: Stamp;
  readonly path: WritePath;
  /** This machine's clock, to the second. */
  readonly at: Instant;
  /** Which segment the record is kept in; absent where it is in none. */
  readonly segment?: string;
}

/** What follows a stamp where it is stored: `.`, the path's letter, base-36 seconds, and, if any, `.` and the segment. */
export function writeMark(path: WritePath, at: Instant, segment = NO_SEGMENT): string {
  const mark = `.${WRITE_PATHS[path]}${Math.floor(at / 1_000).toString(36)}`;
  return segment === NO_SEGMENT ? mark : `${mark}.${segment}`;
}

/** `undefined` when the text is none. */
export function parseStoredStamp(text: string): StoredStamp | undefined {
  const mark = /^\.([a-z])([0-9a-z]{1,8})(?:\.([0-9][0-9a-z-]*))?$/.exec(text.slice(STAMP_LENGTH));
  const path = Object.entries(WRITE_PATHS).find(([, letter]) => letter === mark?.[1])?.[0];
  const stamp = text.slice(0, STAMP_LENGTH);
  if (mark?.[2] === undefined || !isWritePath(path) || parseStamp(stamp) === undefined) return undefined;
  const segment = mark[3] === undefined ? {} : { segment: mark[3] };
  return { stamp, path, at: instantFromMs(Number.parseInt(mark[2], 36) * 1_000), ...segment };
}

/** What is stored for a record; what cannot be read is taken for older than any other, so that it is written anew. */
export function readStoredStamp(text: string): StoredStamp {
  return parseStoredStamp(text) ?? { stamp: OLDEST_STAMP, path: 'repair', at: EPOCH };
}

/** Whether the entry stands for a record that is not there. */
export function isTombstone({ path }: Pick<StoredStamp, 'path'>): boolean {
  return path === 'gone' || path === 'forgotten';
}

function isWritePath(name: string | undefined): name is WritePath {
  return name !== undefined && Object.hasOwn(WRITE_PATHS, name);
}
