import { describe, expect, it } from 'vitest';
import { instantFromMs } from '../../../../lib/domain/instant.ts';
import type { SourcePage, SourceQuery } from '../../../../lib/ports/source.ts';
import { sweepByReading } from '../../../../lib/sources/kit/sweeps.ts';

const at = instantFromMs(Date.parse('2026-11-21T06:47:00Z'));

describe('a sweep of a source that cannot leave contents out', () => {
  it('reads a page, and keeps what tells versions', async () => {
    const asked: (readonly [SourceQuery, string | undefined])[] = [];
    const page: SourcePage = {
      records: [{ id: '1', partition: 'a', modified: at, body: '{"id":"1"}' }],
      rejected: [{ id: '2', reason: 'missing-partition', contentHash: 'h' }],
      next: 'more',
      servedAt: at,
      order: 7,
    };
    const source = {
      read: async (query: SourceQuery, cursor?: string) => {
        asked.push([query, cursor]);
        return page;
      },
    };
    expect(await sweepByReading(source, { stream: 'books', partition: 'a' }, 'here')).toEqual({
      versions: [{ id: '1', partition: 'a', modified: at }],
      next: 'more',
      servedAt: at,
      order: 7,
    });
    expect(asked).toEqual([[{ stream: 'books', partition: 'a' }, 'here']]);
  });
});
