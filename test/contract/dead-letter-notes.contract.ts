import { expect, it } from 'vitest';
import type { DeadLetterNote, DeadLetterNotes } from '../../lib/ports/dead-letter-notes.ts';
import type { Workbench } from '../support/table-backends.ts';

const DAY_MS = 86_400_000;

/** What every store of notes about dead letters does, whatever is behind it. */
export function deadLetterNotesContract(make: () => Workbench<DeadLetterNotes>): void {
  const setUp = () => {
    const { open, connection, clock } = make();
    const key = { connection, stream: 'registrations', partition: '4433256000013547003' };
    const note = (name: string): DeadLetterNote => ({
      id: `${connection}-${name}`,
      lane: 'priority',
      task: 'window',
      key,
      code: 'source-unavailable',
      at: clock.now(),
    });
    return { store: open(), other: open('process-2'), note, clock };
  };

  it('keeps why a task failed and what it was about, for every process', async () => {
    const { store, other, note } = setUp();
    await store.put(note('a'));
    expect(await other.find([note('a').id])).toEqual(new Map([[note('a').id, note('a')]]));
  });

  it('keeps little of a message that said nothing understandable', async () => {
    const { store, note } = setUp();
    const { task: _task, key: _key, ...bare } = { ...note('a'), lane: 'scheduled' as const, code: 'bad-message' };
    await store.put(bare);
    expect((await store.find([bare.id])).get(bare.id)).toEqual(bare);
  });

  it('finds those that are there, each once, and no others', async () => {
    const { store, note } = setUp();
    await store.put(note('a'));
    await store.put(note('b'));
    const found = await store.find([note('b').id, note('b').id, note('never').id]);
    expect([...found.keys()]).toEqual([note('b').id]);
    expect(await store.find([])).toEqual(new Map());
  });

  it('finds more than one request can ask for', async () => {
    const { store, note } = setUp();
    const notes = Array.from({ length: 130 }, (_, index) => note(String(index)));
    for (const each of notes) await store.put(each);
    expect((await store.find(notes.map(({ id }) => id))).size).toBe(130);
  });

  it('keeps the latest note of a message', async () => {
    const { store, note, clock } = setUp();
    await store.put(note('a'));
    clock.advance(60_000);
    const latest = { ...note('a'), code: 'cache-unavailable' };
    await store.put(latest);
    expect((await store.find([latest.id])).get(latest.id)).toEqual(latest);
  });

  it('forgets a note after 14 days', async () => {
    const { store, note, clock } = setUp();
    const { id } = note('a');
    await store.put(note('a'));
    clock.advance(14 * DAY_MS - 1_000);
    expect((await store.find([id])).size).toBe(1);
    clock.advance(1_000);
    expect((await store.find([id])).size).toBe(0);
  });
}
