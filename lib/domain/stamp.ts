import { DIGEST_DIGITS } from './digest.ts';
import { EPOCH, type Instant, instantFromMs } from './instant.ts';

/**
 * A record's version: source modified time, then order of reading, then content hash, each of fixed width, so that
 * comparing two stamps as strings compares them as versions. Lua compares them the same way. The identity at its end
 * is what the record adds to its bucket's digest (`digest.ts`).
 *
 * Order of reading is the connection's source-call number, taken from the call budget before the call is sent: it
 * settles which of two contents with one modified time (sources have one-second precision) was read later.
 */
export interface StampParts {
  readonly modified: Instant;
  readonly order: number;
  readonly hash: string;
  readonly identity: string;
}

export type Stamp = string;

const MODIFIED_DIGITS = 14;
const ORDER_DIGITS = 12;
export const CONTENT_HASH_LENGTH = 16;
/** Characters of every stamp. */
export const STAMP_LENGTH = MODIFIED_DIGITS + 1 + ORDER_DIGITS + 1 + CONTENT_HASH_LENGTH + 1 + DIGEST_DIGITS;
const STAMP = /^(\d{14})\.(\d{12})\.([0-9a-f]{16})\.([0-9a-f]{12})$/;

/** @throws RangeError when a part does not fit its width */
export function formatStamp({ modified, order, hash, identity }: StampParts): Stamp {
  if (modified < 0) throw new RangeError('a stamp cannot carry an instant before 1970');
  const [time, call] = [String(modified), String(order)];
  const fits = time.length <= MODIFIED_DIGITS && call.length <= ORDER_DIGITS && order >= 0;
  if (!fits || hash.length !== CONTENT_HASH_LENGTH || identity.length !== DIGEST_DIGITS)
    throw new RangeError('a stamp part does not fit its width');
  return `${time.padStart(MODIFIED_DIGITS, '0')}.${call.padStart(ORDER_DIGITS, '0')}.${hash}.${identity}`;
}

/** What a record whose stamp was lost is taken for: older than any other. */
export const OLDEST_STAMP: Stamp = formatStamp({
  modified: EPOCH,
  order: 0,
  hash: '0'.repeat(CONTENT_HASH_LENGTH),
  identity: '0'.repeat(DIGEST_DIGITS),
});

/** `undefined` when the text is no stamp. */
export function parseStamp(text: string): StampParts | undefined {
  const match = STAMP.exec(text);
  if (!match?.[1] || !match[2] || !match[3] || !match[4]) return undefined;
  return { modified: instantFromMs(Number(match[1])), order: Number(match[2]), hash: match[3], identity: match[4] };
}

/** What a stamp adds to digests, without checking the rest of it: for many stamps just made. */
export function digestPartsOf(stamp: Stamp): Pick<StampParts, 'hash' | 'identity'> {
  const hash = MODIFIED_DIGITS + 1 + ORDER_DIGITS + 1;
  const identity = hash + CONTENT_HASH_LENGTH + 1;
  return { hash: stamp.slice(hash, hash + CONTENT_HASH_LENGTH), identity: stamp.slice(identity, STAMP_LENGTH) };
}

export type StampComparison = 'newer' | 'same' | 'older';

/**
 * Whether `candidate` is newer than `stored`: a later modified time is; at equal times equal content is the same
 * version, and different content counts as newer only when it was read later.
 */
export function compareStamps(candidate: StampParts, stored: StampParts): StampComparison {
  if (candidate.modified !== stored.modified) return candidate.modified > stored.modified ? 'newer' : 'older';
  if (candidate.hash === stored.hash) return 'same';
  return candidate.order > stored.order ? 'newer' : 'older';
}
