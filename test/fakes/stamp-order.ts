import { compareStamps, parseStamp, type StampComparison, type StampParts } from '../../lib/domain/stamp.ts';

export function compare(a: string, b: string): StampComparison {
  return compareStamps(parts(a), parts(b));
}

/** @throws Error when the text is no stamp */
export function parts(stamp: string): StampParts {
  const parsed = parseStamp(stamp);
  if (parsed === undefined) throw new Error('not a stamp');
  return parsed;
}

/** Whether the first was read later. */
export function readLater(a: string, b: string): boolean {
  const [left, right] = [parts(a), parts(b)];
  if (left.modified !== right.modified) return left.modified > right.modified;
  return left.settled === right.settled ? left.order > right.order : left.settled;
}
