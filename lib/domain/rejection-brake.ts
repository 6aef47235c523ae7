const ALWAYS_TOLERATED = 20;
const TOLERATED_SHARE = 0.5;

/**
 * Whether a page has so many records that cannot be read that something is wrong with all of them: a field was renamed,
 * a format changed. Going on would quarantine the whole stream and move the watermark past it.
 */
export function tooManyRejected(rejected: number, read: number): boolean {
  return rejected > ALWAYS_TOLERATED && rejected > read * TOLERATED_SHARE;
}
