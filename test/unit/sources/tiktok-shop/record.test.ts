import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantFromMs } from '../../../../lib/domain/instant.ts';
import { decodeRecord } from '../../../../lib/sources/tiktok-shop/record.ts';
import { shopStream } from '../../../../lib/sources/tiktok-shop/streams.ts';

const orders = shopStream('orders');
const products = shopStream('products');
const at = (iso: string) => instantFromMs(Date.parse(iso));

const order = (fields: object) => JSON.stringify({ id: '576461000000000003', create_time: 1_735_689_599, ...fields });
const reasonOf = (text: string) => {
  const decoded = decodeRecord(text, 'shop', orders);
  return decoded.outcome === 'rejected' ? decoded.rejected.reason : decoded.outcome;
};

describe('an order', () => {
  it('keeps its text, its digits and its month', () => {
    const text = ' {"id":"576461000000000003","create_time":1735689599, "update_time":1738368000,"n":1e2}';
    expect(decodeRecord(text, 'shop', orders)).toEqual({
      outcome: 'record',
      record: {
        id: '576461000000000003',
        partition: 'shop',
        modified: at('2025-02-01T00:00:00Z'),
        segment: '2024-12',
        body: text,
      },
    });
  });

  it('that comes with a bare number for its id keeps every digit', () => {
    const decoded = decodeRecord('{"id":576461000000000003,"create_time":1,"update_time":2}', 'shop', orders);
    expect(decoded).toMatchObject({ record: { id: '576461000000000003' } });
  });

  it('is kept in the month of its creation in UTC, whenever it changes', () => {
    const month = fc.integer({ min: 1, max: 4_102_444_799 });
    fc.assert(
      fc.property(month, fc.nat(100_000_000), (created, later) => {
        const decoded = decodeRecord(order({ create_time: created, update_time: created + later }), 'shop', orders);
        const segment = new Date(created * 1_000).toISOString().slice(0, 7);
        expect(decoded).toMatchObject({ record: { segment, modified: (created + later) * 1_000 } });
      }),
    );
  });

  it.each([
    ['no JSON', '{"id":', 'malformed'],
    ['a list', '[]', 'malformed'],
    ['no id', '{"create_time":1}', 'missing-id'],
    ['an id of letters', order({ id: 'a1' }), 'bad-id'],
    ['no time', '{"id":"1"}', 'missing-modified-time'],
    ['a zero for its time', '{"id":"1","update_time":0}', 'missing-modified-time'],
    ['a time in words', order({ update_time: 'today' }), 'bad-modified-time'],
    ['a time in milliseconds', order({ update_time: 1_735_689_599_000 }), 'bad-modified-time'],
    ['half a second', order({ update_time: 1.5 }), 'bad-modified-time'],
    ['no time of creation, so no month', '{"id":"1","update_time":5}', 'malformed'],
  ])('with %s is %s', (_what, text, reason) => {
    expect(reasonOf(text)).toBe(reason);
  });

  it('too large for the cache is rejected with what is known of it', () => {
    const text = order({ update_time: 5, note: 'x'.repeat(5_000_000) });
    expect(decodeRecord(text, 'shop', orders)).toMatchObject({
      outcome: 'rejected',
      rejected: { id: '576461000000000003', reason: 'too-large' },
    });
  });

  it('that is cancelled is still an order', () => {
    expect(reasonOf(order({ status: 'CANCELLED', update_time: 5 }))).toBe('record');
  });
});

describe('a product', () => {
  it('has no segment', () => {
    const text = '{"id":"1729382588639839583","create_time":1,"update_time":7}';
    expect(decodeRecord(text, 'shop', products)).toEqual({
      outcome: 'record',
      record: { id: '1729382588639839583', partition: 'shop', modified: instantFromMs(7_000), body: text },
    });
  });

  it('that is shown as deleted has left, at the time of its last change', () => {
    const text = '{"id":"1","create_time":1,"update_time":7,"status":"DELETED"}';
    expect(decodeRecord(text, 'shop', products)).toEqual({
      outcome: 'removed',
      removed: { id: '1', partition: 'shop', modified: instantFromMs(7_000) },
    });
  });
});
