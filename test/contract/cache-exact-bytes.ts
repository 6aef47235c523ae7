import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRecordId } from '../../lib/domain/names.ts';
import type { CacheHarness } from './cache-harness.ts';
import { A, applying, record, recordsOf } from './cache-requests.ts';

const AWKWARD = [
  '4433256000013547003',
  '"quotes" \\ and \u0000 and \u2028 and \ud83d\ude00',
  '\ufeff a mark at the beginning',
  '{"id":4433256000013547003,"price":0.10,"__proto__":{"x":1}}',
  ' {"spaces" : "kept" } \n',
  'null',
  'true',
  '',
];

export function cacheExactBytes(harness: () => CacheHarness): void {
  describe('exact bytes (I10)', () => {
    it('gives back every body as it came', async () => {
      const given = AWKWARD.map((body, index) => ({ ...record(A, `id-${index}`, 5), body }));
      await harness().cache.apply(applying({ records: given }));
      const stored = await harness().hash(recordsOf(A));
      expect(stored).toEqual(Object.fromEntries(given.map(({ id, body }) => [id, body])));
      const again = await harness().cache.apply(applying({ records: given, verify: true }));
      expect(again).toMatchObject({ unchanged: given.length });
    });

    it('gives back bodies of any characters under ids of any characters', async () => {
      const id = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter(isRecordId);
      const body = fc.string({ unit: 'binary', maxLength: 40 });
      const any = fc.uniqueArray(fc.tuple(id, body), { selector: ([key]) => key, maxLength: 20 });
      await fc.assert(
        fc.asyncProperty(any, async (pairs) => {
          await harness().flush();
          const given = pairs.map(([key, text]) => ({ ...record(A, key, 5), body: text }));
          await harness().cache.apply(applying({ records: given }));
          expect(await harness().hash(recordsOf(A))).toEqual(Object.fromEntries(pairs));
        }),
        { numRuns: 25 },
      );
    });

    it('keeps ids that mean something elsewhere', async () => {
      const ids = ['__proto__', 'constructor', '0042', '1e3', 'ключ', 'a:b:c', '"', '#'.padStart(2, 'x')];
      await harness().cache.apply(applying({ records: ids.map((id) => record(A, id, 5)) }));
      expect(Object.keys(await harness().hash(recordsOf(A))).toSorted()).toEqual(ids.toSorted());
    });

    it('writes a lone surrogate, which UTF-8 cannot carry, as the JSON escape that means the same', async () => {
      const given = { ...record(A, '1', 5), body: '{"name":"\ud800 and \ud83d\ude00"}' };
      await harness().cache.apply(applying({ records: [given] }));
      const stored = (await harness().hash(recordsOf(A)))['1'] ?? '';
      expect(stored).toBe('{"name":"\\ud800 and \ud83d\ude00"}');
      expect(JSON.parse(stored)).toEqual(JSON.parse(given.body));
      expect(await harness().cache.apply(applying({ records: [given], verify: true }))).toMatchObject({ unchanged: 1 });
    });
  });
}
