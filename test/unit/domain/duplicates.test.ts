import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DuplicateSearch, filledFields } from '../../../lib/domain/duplicates.ts';
import { instantFromMs } from '../../../lib/domain/instant.ts';

const candidate = (id: string, second = 1, filled = 1) => ({ id, modified: instantFromMs(second * 1_000), filled });

function search(...records: readonly (readonly [ReturnType<typeof candidate>, readonly string[]])[]) {
  const found = new DuplicateSearch();
  for (const [of, identities] of records) found.add(of, identities);
  return found.groups().map(({ keep, others }) => [keep.id, ...others.map(({ id }) => id)]);
}

describe('duplicates', () => {
  it('are records that share any identity, directly or through others', () => {
    const found = search(
      [candidate('a'), ['booking 1', 'ann']],
      [candidate('b'), ['booking 2', 'ben']],
      [candidate('c'), ['booking 3', 'ann']],
      [candidate('d'), ['booking 3']],
      [candidate('e'), []],
    );
    expect(found).toEqual([['a', 'c', 'd']]);
  });

  it('leave the one that changed last, then the fullest, then the one with the lowest id', () => {
    expect(search([candidate('a', 1, 9), ['x']], [candidate('b', 2, 1), ['x']])).toEqual([['b', 'a']]);
    expect(search([candidate('a', 1, 1), ['x']], [candidate('b', 1, 2), ['x']])).toEqual([['b', 'a']]);
    expect(search([candidate('b'), ['x']], [candidate('a'), ['x']])).toEqual([['a', 'b']]);
  });

  it('are no records that merely come twice', () => {
    expect(search([candidate('a'), ['x']], [candidate('a'), ['x']])).toEqual([]);
  });

  it('are found whatever the order, each in one group', () => {
    const identities = fc.array(fc.constantFrom('p', 'q', 'r', 's', 't'), { maxLength: 2 });
    fc.assert(
      fc.property(fc.array(identities, { maxLength: 12 }), fc.integer(), (all, seed) => {
        const records = all.map((own, index) => [candidate(`id-${index}`), own] as const);
        const other = records.toSorted(
          ([a], [b]) => ((Number(a.id.slice(3)) * 7 + seed) % 5) - ((Number(b.id.slice(3)) * 7 + seed) % 5),
        );
        const [one, two] = [search(...records), search(...other)];
        expect(two).toEqual(one);
        expect(new Set(one.flat()).size).toBe(one.flat().length);
        for (const [, ownA] of records)
          for (const shared of ownA) expect(groupsWith(one, records, shared)).toBeLessThan(2);
      }),
    );
  });

  it('count a field as filled in when it holds anything', () => {
    expect(filledFields('{"a":1,"b":"","c":null,"d":false,"e":{}}')).toBe(3);
    expect([filledFields('no JSON'), filledFields('7'), filledFields('null')]).toEqual([0, 0, 0]);
  });
});

/** In how many groups the records of an identity are. */
function groupsWith(
  groups: readonly (readonly string[])[],
  records: readonly (readonly [{ readonly id: string }, readonly string[]])[],
  identity: string,
): number {
  const owners = records.flatMap(([{ id }, own]) => (own.includes(identity) ? [id] : []));
  return groups.filter((group) => owners.some((id) => group.includes(id))).length;
}
