import { describe, expect, it } from 'vitest';
import { EPOCH, type Instant, instantFromMs } from '../../../../lib/domain/instant.ts';
import {
  readSearchPosition,
  type SearchPosition,
  writeSearchPosition,
} from '../../../../lib/sources/tiktok-shop/search-position.ts';
import {
  advance,
  beginSearch,
  resumeWithoutToken,
  type SearchedPage,
  type WalkRules,
} from '../../../../lib/sources/tiktok-shop/search-walk.ts';
import { present } from '../../../support/present.ts';

const NOW = 1_795_243_620;
const at = (second: number): Instant => instantFromMs(second * 1_000);
const SORTED: WalkRules = { sorted: true, paging: 'tokens' };
const UNSORTED: WalkRules = { sorted: false, paging: 'tokens' };
const OLD = NOW - 86_400;

interface Step extends Partial<Omit<SearchedPage, 'servedAt'>> {
  readonly servedAt?: number;
}

/** The positions of a search whose pages say this; `undefined` where it ends. */
function walk(begun: SearchPosition, steps: readonly Step[], rules = SORTED): readonly (SearchPosition | undefined)[] {
  let position: SearchPosition | undefined = begun;
  return steps.map((step, index) => {
    const page = { updated: [], ...step, servedAt: at(step.servedAt ?? NOW + index) };
    const circumstances = { isFirst: index === 0, sourceNow: at(NOW + index), rules };
    position = advance(present(position, `a position for page ${index}`), page, circumstances);
    return position;
  });
}

const full = () => beginSearch(undefined, at(NOW), SORTED);
const delta = () => beginSearch(at(OLD), at(NOW), SORTED);

describe('a search', () => {
  it('is bounded above by the now of its source, and below by its instant, inclusive', () => {
    expect(full()).toMatchObject({ before: NOW + 2, complete: true });
    expect(full()).not.toHaveProperty('from');
    expect(beginSearch(instantFromMs(OLD * 1_000 + 999), at(NOW), SORTED)).toMatchObject({
      from: OLD,
      before: NOW + 2,
    });
    expect(beginSearch(EPOCH, at(NOW), SORTED)).toMatchObject({ from: 0 });
  });

  it('has no bound above when the clock of its source is behind the one below', () => {
    expect(beginSearch(at(NOW + 100), at(NOW), SORTED)).not.toHaveProperty('before');
  });

  it('goes on by page tokens in one and the same window, and ends with the page without one', () => {
    const [first, second, end] = walk(full(), [
      { token: 'a', counted: 250, updated: [OLD, OLD + 5] },
      { token: 'b', counted: 250, updated: [OLD + 5, OLD + 9] },
      { counted: 250, updated: [OLD + 9] },
    ]);
    expect(first).toEqual({ ...full(), token: 'a', counted: 250, total: 250, reached: OLD + 5 });
    expect(second).toEqual({ ...full(), token: 'b', counted: 250, total: 250, reached: OLD + 9 });
    expect(end).toBeUndefined();
  });

  it('begins anew from the last second it is sure of once a record has left the window, and goes on without tokens', () => {
    const [, second, third] = walk(full(), [
      { token: 'a', counted: 250, updated: [OLD, OLD + 5] },
      { token: 'b', counted: 249, updated: [OLD + 6, OLD + 9] },
      { token: 'c', counted: 244, updated: [OLD + 5, OLD + 8] },
    ]);
    // Of the second page nothing is believed but its records: a row may have been passed over before it.
    expect(second).toMatchObject({ from: OLD + 5, paging: 'keyset', total: 250 });
    expect(second).not.toHaveProperty('token');
    expect(third).toMatchObject({ from: OLD + 8, paging: 'keyset' });
    expect(third).not.toHaveProperty('token');
  });

  it('of everything reads what has left the window after the window, once', () => {
    const positions = walk(full(), [
      { token: 'a', counted: 250, updated: [OLD] },
      { token: 'b', counted: 249, updated: [OLD + 3] },
      { counted: 200, updated: [OLD + 3] },
      { counted: 1, updated: [NOW + 2] },
    ]);
    expect(positions[2]).toEqual({
      from: NOW + 2,
      before: NOW + 4,
      total: 250,
      paging: 'tokens',
      after: 'end',
      complete: false,
    });
    expect(positions[3]).toBeUndefined();
  });

  it('of changes goes on by update times, and leaves to the next delta what has left the window', () => {
    const positions = walk(delta(), [
      { token: 'a', counted: 250, updated: [OLD, OLD + 3] },
      { token: 'b', counted: 249, updated: [OLD + 3, OLD + 4] },
      { counted: 100, updated: [OLD + 4] },
    ]);
    expect(positions.map((position) => [position?.from, position?.token])).toEqual([
      [OLD + 3, undefined],
      [OLD + 4, undefined],
      [undefined, undefined],
    ]);
  });

  it('that began by a clock behind that of its source reads on to the now of its source', () => {
    const [next] = walk(delta(), [{ counted: 3, updated: [OLD], servedAt: NOW + 60 }]);
    expect(next).toMatchObject({ from: NOW + 2, after: 'end' });
  });

  it('relies on no order among records that the index may still be settling', () => {
    const [first, second] = walk(full(), [
      { token: 'a', counted: 250, updated: [OLD, NOW - 1] },
      { token: 'b', counted: 250, updated: [NOW - 200, NOW - 100] },
    ]);
    expect(first).toMatchObject({ reached: OLD });
    expect(second).toMatchObject({ reached: OLD });
  });

  it('does not go back among records of the last minutes, which the next delta reads again', () => {
    const [, second] = walk(beginSearch(at(NOW - 250), at(NOW), SORTED), [
      { token: 'a', counted: 250, updated: [NOW - 200] },
      { token: 'b', counted: 249, updated: [NOW - 100] },
    ]);
    expect(second).toMatchObject({ from: NOW - 250, token: 'b' });
  });

  it('reads a second of more records than a page holds by itself, and that again when one has left it', () => {
    const rules: WalkRules = { sorted: true, paging: 'keyset' };
    const tie = [OLD + 5, OLD + 5];
    const positions = walk(
      beginSearch(undefined, at(NOW), rules),
      [
        { token: 'a', counted: 250, updated: [OLD, OLD + 5] },
        { token: 'b', counted: 249, updated: tie },
        { token: 'c', counted: 6, updated: tie },
        { token: 'd', counted: 5, updated: tie },
        { token: 'e', counted: 5, updated: tie },
        { counted: 5, updated: tie },
        { token: 'f', counted: 243, updated: [OLD + 6, OLD + 7] },
      ],
      rules,
    );
    expect(positions.map((position) => [position?.from, position?.before, position?.token])).toEqual([
      [OLD + 5, NOW + 2, undefined],
      [OLD + 5, OLD + 6, undefined],
      [OLD + 5, OLD + 6, 'c'],
      [OLD + 5, OLD + 6, undefined],
      [OLD + 5, OLD + 6, 'e'],
      [OLD + 6, NOW + 2, undefined],
      [OLD + 7, NOW + 2, undefined],
    ]);
  });

  it('leaves a second behind though its records are counted on the first page alone', () => {
    const rules: WalkRules = { sorted: true, paging: 'keyset' };
    const tie = [OLD + 5, OLD + 5];
    const positions = walk(
      beginSearch(undefined, at(NOW), rules),
      [
        { token: 'a', counted: 250, updated: [OLD, OLD + 5] },
        { token: 'b', counted: 249, updated: tie },
        { token: 'c', counted: 6, updated: tie },
        { token: 'd', updated: tie },
        { updated: tie },
      ],
      rules,
    );
    expect(positions.map((position) => [position?.from, position?.before, position?.token])).toEqual([
      [OLD + 5, NOW + 2, undefined],
      [OLD + 5, OLD + 6, undefined],
      [OLD + 5, OLD + 6, 'c'],
      [OLD + 5, OLD + 6, 'd'],
      [OLD + 6, NOW + 2, undefined],
    ]);
  });

  it('goes on by page tokens alone where pages do not come oldest first', () => {
    const rules: WalkRules = { sorted: true, paging: 'keyset' };
    const positions = walk(
      beginSearch(at(OLD), at(NOW), rules),
      [
        { token: 'a', counted: 250, updated: [OLD + 90, OLD + 80] },
        { token: 'b', counted: 250, updated: [OLD + 70, OLD + 60] },
        { counted: 250, updated: [OLD + 50] },
      ],
      rules,
    );
    expect(positions.map((position) => [position?.from, position?.token])).toEqual([
      [OLD, 'a'],
      [OLD, 'b'],
      [undefined, undefined],
    ]);
  });

  it('without tokens goes on by them among records that may still be settling', () => {
    const rules: WalkRules = { sorted: true, paging: 'keyset' };
    const [first, second] = walk(
      beginSearch(at(OLD), at(NOW), rules),
      [
        { token: 'a', counted: 250, updated: [OLD, NOW - 5] },
        { token: 'b', counted: 249, updated: [NOW - 4, NOW - 3] },
      ],
      rules,
    );
    expect(first).toMatchObject({ from: OLD, before: NOW + 2, token: 'a' });
    expect(second).toMatchObject({ from: OLD, before: NOW + 2, token: 'b' });
  });

  it('that cannot be sorted is open above, so that nothing leaves it, and goes on by page tokens', () => {
    const begun = beginSearch(at(OLD), at(NOW), UNSORTED);
    expect(begun).toEqual({ from: OLD, paging: 'tokens', after: 'nothing', complete: false });
    const positions = walk(
      begun,
      [
        { token: 'a', counted: 250, updated: [OLD, OLD + 5] },
        { token: 'b', counted: 251, updated: [OLD + 1] },
        { counted: 252, updated: [OLD + 1] },
      ],
      UNSORTED,
    );
    expect(positions.map((position) => position?.token)).toEqual(['a', 'b', undefined]);
    expect(positions[1]).not.toHaveProperty('reached');
    expect(positions[2]).toBeUndefined();
  });
});

describe('a search whose page token is no longer good', () => {
  it('goes on from the last second it is sure of, that second included', () => {
    const [first] = walk(full(), [{ token: 'a', counted: 250, updated: [OLD, OLD + 5] }]);
    const resumed = resumeWithoutToken(present(first, 'a position'));
    expect(resumed).toEqual({ ...full(), from: OLD + 5, reached: OLD + 5, total: 250 });
  });

  it('begins anew when it has not come beyond its beginning', () => {
    const begun = beginSearch(at(OLD), at(NOW), SORTED);
    const [first] = walk(begun, [{ token: 'a', counted: 250, updated: [NOW - 1, NOW] }]);
    expect(resumeWithoutToken(present(first, 'a position'))).toBeUndefined();
    const [unsorted] = walk(full(), [{ token: 'a', counted: 250, updated: [OLD] }], UNSORTED);
    expect(resumeWithoutToken(present(unsorted, 'a position'))).toBeUndefined();
  });
});

describe('the cursor of a search', () => {
  const longest: SearchPosition = {
    from: 253_402_300_799,
    before: 253_402_300_799,
    token: 'x'.repeat(700),
    reached: 253_402_300_799,
    counted: 999_999_999,
    total: 999_999_999,
    paging: 'tokens',
    after: 'what-left',
    complete: false,
  };

  it('is read as it was written, and fits 1 KB', () => {
    for (const position of [full(), delta(), longest]) {
      const cursor = writeSearchPosition(position);
      expect(readSearchPosition(cursor)).toEqual(position);
      expect(Buffer.byteLength(cursor)).toBeLessThanOrEqual(1_024);
    }
  });

  it.each(['', '0.0.', '{}', '{"paging":"tokens"}', JSON.stringify({ ...longest, from: -1 })])(
    'that is none of ours (%j) has the query begin anew',
    (cursor) => {
      expect(() => readSearchPosition(cursor)).toThrow(expect.objectContaining({ code: 'source-cursor-expired' }));
    },
  );
});
