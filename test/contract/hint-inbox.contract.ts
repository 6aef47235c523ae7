import { expect, it } from 'vitest';
import { HINT_GAP_MS, HINTS_AT_ONCE, HINTS_WAITING, type HintedRecord } from '../../lib/domain/hints.ts';
import { plusMs } from '../../lib/domain/instant.ts';
import type { HintInbox } from '../../lib/ports/hint-inbox.ts';
import type { Workbench } from '../support/table-backends.ts';

const DAY_MS = 86_400_000;

/** What every inbox of hints does, whatever is behind it. */
export function hintInboxContract(make: () => Workbench<HintInbox>): void {
  const setUp = () => {
    const { open, connection, clock } = make();
    const stream = { connection, stream: 'registrations' };
    const taken = async (inbox: HintInbox): Promise<readonly HintedRecord[]> => {
      const answer = await inbox.take(stream);
      return answer.outcome === 'taken' ? answer.records : [];
    };
    return { inbox: open(), other: open('process-2'), stream, clock, taken };
  };
  const records = (count: number): readonly HintedRecord[] =>
    Array.from({ length: count }, (_, index) => ({ id: `4433256000013${String(index).padStart(6, '0')}` }));

  it('hands out what was added, once, with the partition where it was named', async () => {
    const { inbox, other, stream, taken, clock } = setUp();
    const added = [{ id: '1/2' }, { id: '9007199254740993123', partition: 'n~44' }];
    expect(await inbox.add(stream, added)).toBe(true);
    expect(new Set(await taken(other))).toEqual(new Set(added));
    clock.advance(HINT_GAP_MS);
    expect(await inbox.take(stream)).toEqual({ outcome: 'empty' });
  });

  it('remembers a record that is added again only once', async () => {
    const { inbox, other, stream, taken } = setUp();
    await inbox.add(stream, [{ id: '1' }, { id: '1' }]);
    await other.add(stream, [{ id: '1' }]);
    expect(await taken(inbox)).toEqual([{ id: '1' }]);
  });

  it('is empty before anything was added, and keeps streams apart', async () => {
    const { inbox, stream, taken } = setUp();
    await inbox.add(stream, []);
    expect(await inbox.take(stream)).toEqual({ outcome: 'empty' });
    await inbox.add({ ...stream, stream: 'orders' }, [{ id: '1' }]);
    expect(await taken(inbox)).toEqual([]);
  });

  it('hands out the next only a while after the last, and has one caller come again', async () => {
    const { inbox, other, stream, taken, clock } = setUp();
    await inbox.add(stream, [{ id: '1' }]);
    await taken(inbox);
    const until = plusMs(clock.now(), HINT_GAP_MS);
    clock.advance(1_000);
    await inbox.add(stream, [{ id: '2' }]);
    expect(await inbox.take(stream)).toEqual({ outcome: 'early', until, mine: true });
    expect(await other.take(stream)).toEqual({ outcome: 'early', until, mine: false });
    // Whoever has promised to come and comes too early has not been relieved by anybody.
    expect(await inbox.take(stream, until)).toEqual({ outcome: 'early', until, mine: true });
    clock.advance(HINT_GAP_MS - 1_000);
    expect(await taken(other)).toEqual([{ id: '2' }]);
    await inbox.add(stream, [{ id: '3' }]);
    expect(await inbox.take(stream)).toMatchObject({ outcome: 'early', mine: true });
  });

  it('hands out as many as are asked for at a time, and says whether others wait', async () => {
    const { inbox, stream, clock } = setUp();
    await inbox.add(stream, records(HINTS_AT_ONCE + 1));
    const first = await inbox.take(stream);
    expect(first).toMatchObject({ outcome: 'taken', more: true });
    clock.advance(HINT_GAP_MS);
    const second = await inbox.take(stream);
    expect(second).toMatchObject({ outcome: 'taken', more: false });
    const all = [first, second].flatMap((answer) => (answer.outcome === 'taken' ? answer.records : []));
    expect(new Set(all.map(({ id }) => id)).size).toBe(HINTS_AT_ONCE + 1);
  });

  it('gives two who take at the same moment each record to one of them', async () => {
    const { inbox, other, stream, taken } = setUp();
    await inbox.add(stream, records(3));
    const both = await Promise.all([taken(inbox), taken(other)]);
    expect(both.flat().length).toBe(3);
  });

  it('refuses more once too many wait, and takes them again when there is room', async () => {
    const { inbox, stream } = setUp();
    expect(await inbox.add(stream, records(HINTS_WAITING))).toBe(true);
    expect(await inbox.add(stream, [{ id: 'one-more' }])).toBe(false);
    await inbox.take(stream);
    expect(await inbox.add(stream, [{ id: 'one-more' }])).toBe(true);
  });

  it('forgets what nobody has come for in a day', async () => {
    const { inbox, stream, clock } = setUp();
    await inbox.add(stream, [{ id: '1' }]);
    clock.advance(DAY_MS);
    expect(await inbox.take(stream)).toEqual({ outcome: 'empty' });
  });
}
