import { describe, expect, it } from 'vitest';
import type { Source, SourcePage, SourceQuery } from '../../../../lib/ports/source.ts';
import { cliniko } from '../../../../lib/sources/cliniko/cliniko.ts';
import { InMemoryTokenStore } from '../../../fakes/in-memory-token-store.ts';
import { ManualClock } from '../../../fakes/manual-clock.ts';
import { SeededRandomness } from '../../../fakes/seeded-randomness.ts';
import { clinikoConnection } from '../../../support/cliniko-connection.ts';
import { ScriptedHttp } from '../../../support/scripted-http.ts';
import { ScriptedSourceCalls } from '../../../support/scripted-source-calls.ts';

const PAGE_SIZE = 3;

/** Patients in the order of their creation, whatever order and whichever ids are asked for. */
class StubbornServer {
  readonly calls: ScriptedSourceCalls;
  readonly source: Source;
  /** Done before an answer is made, with its number. */
  before: (call: number) => void = () => undefined;
  ids: readonly number[];
  /** With which status it refuses an id to begin after. */
  refusesIds: number | undefined;

  constructor(ids: readonly number[]) {
    this.ids = ids;
    const clock = new ManualClock();
    this.calls = new ScriptedSourceCalls(clock, ({ url }, call) => {
      this.before(call);
      if (this.refusesIds && url.includes('id%3A%3E')) return { status: this.refusesIds, body: '' };
      return { body: this.answer(new URL(url)) };
    });
    this.source = cliniko.open(clinikoConnection({ pageSize: PAGE_SIZE }), {
      calls: this.calls,
      http: new ScriptedHttp(() => ({ body: '' })),
      tokens: new InMemoryTokenStore(clock),
      clock,
      randomness: new SeededRandomness(),
      allowLoopback: false,
    });
  }

  answer({ pathname, searchParams }: URL): string {
    const ids = pathname.endsWith('/patients') ? this.ids : [];
    const page = Number(searchParams.get('page') ?? 1);
    const shown = ids.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE);
    const rows = shown.map((id) => ({ id, updated_at: '2026-11-21T06:45:00Z' }));
    const more = page * PAGE_SIZE < ids.length;
    const links = more
      ? { next: `https://api.au2.cliniko.com/v1/patients?page=${page + 1}&per_page=${PAGE_SIZE}` }
      : {};
    return JSON.stringify({ patients: rows, total_entries: ids.length, links });
  }

  /** The ids of all pages of a query. */
  async readAll(query: SourceQuery): Promise<ReadonlySet<string>> {
    const pages: SourcePage[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.source.read(query, cursor);
      pages.push(page);
      cursor = page.next;
    } while (cursor !== undefined);
    return new Set(pages.flatMap(({ records }) => records.map(({ id }) => id)));
  }
}

const FULL = { stream: 'patients' };
const texts = (ids: readonly number[]): ReadonlySet<string> => new Set(ids.map(String));

describe('a list that heeds neither an order by id nor an id to begin after', () => {
  it.each([
    ['in any order', [9, 4, 7, 1, 8, 2, 3, 6]],
    ['in the order of ids, as it happens', [1, 2, 3, 4, 5, 6, 7, 8]],
    ['in the order of ids at its beginning', [4, 5, 6, 1, 2, 3, 7]],
    ['in one page', [3, 2, 1]],
    ['empty', []],
  ])('is read whole by the numbers of its pages: %s', async (_, ids) => {
    expect(await new StubbornServer(ids).readAll(FULL)).toEqual(texts(ids));
  });

  it('takes a call for each page, and two more where its beginning is in order', async () => {
    const anyhow = new StubbornServer([9, 4, 7, 1, 8, 2]);
    await anyhow.readAll(FULL);
    expect(anyhow.calls.requests.map(({ url }) => new URL(url).searchParams.get('page'))).toEqual([null, '2']);
    const ordered = new StubbornServer([1, 2, 3, 4, 5, 6]);
    await ordered.readAll(FULL);
    expect(ordered.calls.requests.map(({ url }) => new URL(url).searchParams.get('page'))).toEqual([
      null,
      null,
      '1',
      '2',
    ]);
  });

  it.each([1, 2, 3])('passes no row over though some leave before page %i is read', async (call) => {
    const server = new StubbornServer([9, 4, 7, 1, 8, 2, 3, 6, 5]);
    const stay = [1, 8, 2, 3, 6, 5];
    server.before = (number) => {
      if (number === call) server.ids = server.ids.filter((id) => stay.includes(id));
    };
    const found = await server.readAll(FULL);
    for (const id of texts(stay)) expect(found).toContain(id);
  });

  it('goes on to the other lists of a query', async () => {
    const server = new StubbornServer([9, 4, 7, 1]);
    const since = new ManualClock().now();
    expect(await server.readAll({ stream: 'patients', since })).toEqual(texts([9, 4, 7, 1]));
    const paths = server.calls.requests.map(({ url }) => new URL(url).pathname);
    expect(paths).toEqual(['/v1/patients', '/v1/patients', '/v1/patients/deleted', '/v1/patients/archived']);
  });

  it.each([400, 422])('is read by them too where an id to begin after is refused (HTTP %i)', async (status) => {
    const server = new StubbornServer([1, 2, 3, 4, 5, 6, 7]);
    server.refusesIds = status;
    expect(await server.readAll(FULL)).toEqual(texts([1, 2, 3, 4, 5, 6, 7]));
    expect(await server.readAll({ stream: 'patients', since: new ManualClock().now() })).toEqual(
      texts([1, 2, 3, 4, 5, 6, 7]),
    );
  });

  it('is not read on where something else is refused', async () => {
    const server = new StubbornServer([1, 2, 3, 4]);
    server.refusesIds = 404;
    await expect(server.readAll(FULL)).rejects.toMatchObject({ code: 'source-misconfigured', status: 404 });
  });

  it('is refused when its pages lead to no other', async () => {
    const server = new StubbornServer([9, 4, 7, 1]);
    server.answer = () =>
      JSON.stringify({
        patients: [2, 1].map((id) => ({ id, updated_at: '2026-11-21T06:45:00Z' })),
        links: { next: 'https://api.au2.cliniko.com/v1/patients?page=2' },
      });
    await expect(server.readAll(FULL)).rejects.toMatchObject({ code: 'source-malformed' });
  });
});
