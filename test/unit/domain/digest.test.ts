import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addRecord,
  addVersion,
  BUCKETS,
  bucketOf,
  digestOf,
  EMPTY_BUCKET,
  formatBucket,
  identityHash,
  parseBucket,
} from '../../../lib/domain/digest.ts';
import { instantFromMs } from '../../../lib/domain/instant.ts';

const SUM = 2 ** 48;
const at = (ms: number) => instantFromMs(ms);
const zohoId = (index: number) => `44332560000135${47_003 + index}`;

const id = fc.oneof(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 24 }), fc.nat().map(zohoId));
const time = fc.integer({ min: 0, max: 4_000_000_000_000 }).map(instantFromMs);
const hash = fc.string({ unit: fc.constantFrom('0', '1', '7', '9', 'a', 'd', 'f'), minLength: 16, maxLength: 16 });
const records = fc.uniqueArray(fc.record({ id, time, hash }), { selector: (made) => made.id, maxLength: 40 });
const stampOf = (made: { id: string; time: ReturnType<typeof at>; hash: string }) =>
  [made.id, { hash: made.hash, identity: identityHash(made.id, made.time) }] as const;

describe('the hash of id and modified time', () => {
  it('is what it has always been: stored digests depend on it', () => {
    expect([
      identityHash('4433256000013547003', at(1_700_000_000_000)),
      identityHash('', at(0)),
      identityHash('ключ', at(1)),
    ]).toEqual(['e09879bf3540', '6f7ce956e2f7', '711177d95eaf']);
  });

  it('never met itself among 300,000 versions, and uses every bit about half the time', () => {
    const seen = new Set<string>();
    const ones = Array.from({ length: 48 }, () => 0);
    for (let index = 0; index < 300; index += 1) {
      for (let second = 0; second < 1_000; second += 1) {
        const identity = identityHash(zohoId(index), at(1_700_000_000_000 + second * 1_000));
        seen.add(identity);
        if (second % 15 > 0) continue;
        const bits = Number.parseInt(identity, 16).toString(2).padStart(48, '0');
        for (let bit = 0; bit < 48; bit += 1) if (bits[bit] === '1') ones[bit] = (ones[bit] ?? 0) + 1;
      }
    }
    expect(seen.size).toBe(300_000);
    for (const set of ones) expect(Math.abs(set / 20_100 - 0.5)).toBeLessThan(0.02);
  });

  it('tells ids of different length apart, and every bit of time', () => {
    const identities = ['a', 'a\u0000', 'a\u0000\u0000'].map((of) => identityHash(of, at(0)));
    for (let bit = 0; bit < 43; bit += 1) identities.push(identityHash('b', at(2 ** bit)));
    expect(new Set(identities).size).toBe(identities.length);
  });
});

describe('digests', () => {
  it('change when two records swap their modified times', () => {
    fc.assert(
      fc.property(id, id, time, time, (a, b, first, second) => {
        fc.pre(a !== b && first !== second);
        const sum = (x: string, y: string) => addVersion(addVersion(0, x), y);
        const before = sum(identityHash(a, first), identityHash(b, second));
        expect(sum(identityHash(a, second), identityHash(b, first))).not.toBe(before);
      }),
      { numRuns: 5_000 },
    );
  });

  it('are the same in whatever order records come', () => {
    fc.assert(
      fc.property(records, (all) => {
        expect(digestOf(all.toReversed().map(stampOf))).toEqual(digestOf(all.map(stampOf)));
      }),
    );
  });

  it('end empty once every record is taken out again, and stay below 48 bits on the way', () => {
    fc.assert(
      fc.property(records, (all) => {
        let bucket = EMPTY_BUCKET;
        for (const made of all) bucket = addRecord(bucket, stampOf(made)[1]);
        expect(bucket.versions).toBeLessThan(SUM);
        expect(parseBucket(formatBucket(bucket))).toEqual(bucket);
        for (const made of all.toReversed()) bucket = addRecord(bucket, stampOf(made)[1], -1);
        expect(bucket).toEqual(EMPTY_BUCKET);
      }),
    );
  });

  it('take what is stored and cannot be read for empty', () => {
    expect(parseBucket(undefined)).toEqual(EMPTY_BUCKET);
    expect(parseBucket('12')).toEqual(EMPTY_BUCKET);
  });
});

describe('buckets', () => {
  it('are what they have always been, by the bytes of the id', () => {
    expect(['1', '4433256000013547003', 'ключ', '\ud83d\ude00'].map(bucketOf)).toEqual([49, 56, 4, 24]);
  });

  it('divide ids as sources make them about evenly', () => {
    const sizes = Array.from({ length: BUCKETS }, () => 0);
    for (let index = 0; index < 64_000; index += 1)
      sizes[bucketOf(zohoId(index))] = (sizes[bucketOf(zohoId(index))] ?? 0) + 1;
    for (const size of sizes) expect(Math.abs(size - 1_000)).toBeLessThan(300);
  });
});
