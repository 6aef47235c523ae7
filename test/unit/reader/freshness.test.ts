import { describe, expect, it } from 'vitest';
import type { ConnectionCycle } from '../../../lib/domain/cache-layout.ts';
import { freshnessOf } from '../../../lib/reader/freshness.ts';

const OWN = '2026-11-21T06:00:00.000Z';
const STREAM = '2026-11-21T06:30:00.000Z';

type Told = ConnectionCycle['streams'][string];

function watermark(meta: Readonly<Record<string, string>>, told: Partial<Told> | undefined): string | undefined {
  const stream = { watermark: STREAM, loaded: true, pending: {}, more: false, ...told };
  const cycle = { cycle: 4, at: STREAM, streams: { orders: stream } };
  const all = new Map(Object.entries({ loaded: 'true', pending: 'false', watermark: OWN, applied: '7', ...meta }));
  const { watermark: found } = freshnessOf('orders', '443', all, told === undefined ? undefined : cycle);
  return found === undefined ? undefined : new Date(found).toISOString();
}

describe('freshness', () => {
  it('is the stream’s watermark when the partition is loaded and nothing is pending', () => {
    expect(watermark({}, {})).toBe(STREAM);
  });

  it('is the partition’s own watermark when that is later', () => {
    expect(watermark({ watermark: '2026-11-21T07:00:00.000Z' }, {})).toBe('2026-11-21T07:00:00.000Z');
  });

  it('is the stream’s where the partition has none of its own', () => {
    expect(freshnessOf('orders', '443', new Map([['loaded', 'true']]), undefined)).toEqual({
      loaded: true,
      pending: false,
    });
    expect(watermark({ watermark: '' }, {})).toBe(STREAM);
  });

  it.each<[string, Readonly<Record<string, string>>, Partial<Told> | undefined]>([
    ['a delta is open that is not applied yet', {}, { pending: { '443': 8 } }],
    ['the partition itself says that something is pending', { pending: 'true' }, {}],
    ['more partitions are pending than are listed', {}, { more: true }],
    ['no cycle was published', {}, undefined],
  ])('is the partition’s own watermark when %s', (_, meta, told) => {
    expect(watermark(meta, told)).toBe(OWN);
  });

  it('is the stream’s again once the open delta is applied, or when another partition’s is open', () => {
    expect(watermark({ applied: '8' }, { pending: { '443': 8 } })).toBe(STREAM);
    expect(watermark({}, { pending: { '444': 99 } })).toBe(STREAM);
  });

  it('compares delta numbers as numbers', () => {
    expect(watermark({ applied: '10' }, { pending: { '443': 9 } })).toBe(STREAM);
    expect(watermark({ applied: '9' }, { pending: { '443': 10 } })).toBe(OWN);
  });

  it('is unknown before the first load is complete', () => {
    expect(watermark({ loaded: 'false' }, {})).toBeUndefined();
  });

  it('is not misled by names that objects have of themselves', () => {
    const cycle = { cycle: 1, at: STREAM, streams: {} };
    const found = freshnessOf('constructor', 'constructor', new Map([['loaded', 'true']]), cycle);
    expect(found).toEqual({ loaded: true, pending: false });
  });
});
