import { expect, it } from 'vitest';
import { plusMs } from '../../lib/domain/instant.ts';
import type { Lane, Task } from '../../lib/domain/task.ts';
import type { DeadLetterNote, DeadLetterNotes } from '../../lib/ports/dead-letter-notes.ts';
import type { DeadLetters } from '../../lib/ports/dead-letters.ts';
import { TEST_START } from '../fakes/manual-clock.ts';
import { apply } from './task-queue.contract.ts';

export interface DeadLettersHarness {
  readonly deadLetters: DeadLetters;
  readonly notes: DeadLetterNotes;
  /** Has a lane set a task, or a text that is none, aside. @returns the message's id */
  readonly setAside: (lane: Lane, message: Task | string) => Promise<string>;
  /** Puts a task among the dead letters of which nothing tells its lane. */
  readonly stray: (task: Task) => Promise<string>;
  /** Lets no task of a partition be sent. */
  readonly refuse: (partition: string) => void;
  /** Takes what was sent to a lane. */
  readonly sent: (lane: Lane) => Promise<readonly Task[]>;
}

const KEY = { connection: 'main', stream: 'registrations' } as const;
const AT = plusMs(TEST_START, -60_000);
const SECRET = 'H4sI-the-packed-records';
const POISON = '{"v":1,"task":"apply","secret":"Nguyễn"}';

const window = (partition: string): Task => ({ ...KEY, partition, task: 'window', reason: 'pending' });

const noteOf = (id: string, changes: Partial<DeadLetterNote> = {}): DeadLetterNote => ({
  id,
  lane: 'scheduled',
  task: 'window',
  key: { ...KEY, partition: '1' },
  code: 'cache-unavailable',
  at: AT,
  ...changes,
});

/** What every place does where messages are set aside. */
export function deadLettersContract(make: () => DeadLettersHarness): void {
  it('lists what was set aside and why, and nothing of what it carried', async () => {
    const { deadLetters, notes, setAside } = make();
    const noted = await setAside('priority', apply(SECRET, '1'));
    await notes.put(noteOf(noted, { lane: 'priority', task: 'apply' }));
    const silent = await setAside('scheduled', window('2'));
    const poison = await setAside('scheduled', POISON);
    const { letters, ...rest } = await deadLetters.list(10);
    const sentAt = expect.any(Number);
    expect(letters).toHaveLength(3);
    expect(letters).toEqual(
      expect.arrayContaining([
        {
          id: noted,
          lane: 'priority',
          task: 'apply',
          key: { ...KEY, partition: '1' },
          reason: 'cache-unavailable',
          at: AT,
          sentAt,
        },
        {
          id: silent,
          lane: 'scheduled',
          task: 'window',
          key: { ...KEY, partition: '2' },
          reason: 'no-answer',
          sentAt,
        },
        { id: poison, lane: 'scheduled', reason: 'bad-message', sentAt },
      ]),
    );
    expect(rest).toEqual({ more: false, total: 3 });
    expect(JSON.stringify(letters)).not.toMatch(/H4sI|Nguyễn/);
  });

  it('hides nothing by being looked at', async () => {
    const { deadLetters, setAside } = make();
    await setAside('scheduled', window('1'));
    const first = await deadLetters.list(10);
    expect(first.letters).toHaveLength(1);
    expect(await deadLetters.list(10)).toEqual(first);
  });

  it('says when there are others than it lists', async () => {
    const { deadLetters, setAside } = make();
    for (let index = 0; index < 13; index += 1) await setAside('scheduled', window(String(index)));
    const { letters, more, total } = await deadLetters.list(12);
    expect(letters).toHaveLength(12);
    expect({ more, total }).toEqual({ more: true, total: 13 });
    expect(await deadLetters.list(13)).toMatchObject({ more: false, total: 13 });
  });

  it('is empty to begin with', async () => {
    const { deadLetters } = make();
    expect(await deadLetters.list(10)).toEqual({ letters: [], more: false, total: 0 });
    expect(await deadLetters.redrive({ limit: 10 })).toEqual({ redriven: 0, left: 0 });
    expect(await deadLetters.discard(['nobody'])).toBe(0);
  });

  it('sends tasks to their lanes again without what they carried, and leaves what is not understood', async () => {
    const { deadLetters, setAside, sent } = make();
    await setAside('priority', apply(SECRET, '1'));
    await setAside('scheduled', window('2'));
    const poison = await setAside('scheduled', POISON);
    expect(await deadLetters.redrive({ limit: 10 })).toEqual({ redriven: 2, left: 1 });
    const { inline: _body, ...bare } = { inline: undefined, ...apply('', '1') };
    expect(await sent('priority')).toEqual([bare]);
    expect(await sent('scheduled')).toEqual([window('2')]);
    expect((await deadLetters.list(10)).letters.map(({ id }) => id)).toEqual([poison]);
  });

  it('sends only what is named', async () => {
    const { deadLetters, setAside, sent } = make();
    const ids: string[] = [];
    for (let index = 0; index < 12; index += 1) ids.push(await setAside('scheduled', window(String(index))));
    const named = [ids[3] ?? '', ids[11] ?? ''];
    expect(await deadLetters.redrive({ limit: 10, ids: [...named, 'nobody'] })).toEqual({ redriven: 2, left: 0 });
    expect((await sent('scheduled')).map(({ partition }) => partition).toSorted()).toEqual(['11', '3']);
    const left = (await deadLetters.list(20)).letters.map(({ id }) => id);
    expect(left.toSorted()).toEqual(ids.filter((id) => !named.includes(id)).toSorted());
    expect(await deadLetters.redrive({ limit: 10, ids: [] })).toEqual({ redriven: 0, left: 0 });
  });

  it('sends no more than the limit, however many others there are', async () => {
    const { deadLetters, setAside, sent } = make();
    for (let index = 0; index < 12; index += 1) await setAside('scheduled', window(String(index)));
    expect(await deadLetters.redrive({ limit: 11 })).toEqual({ redriven: 11, left: 0 });
    expect(await sent('scheduled')).toHaveLength(11);
    expect((await deadLetters.list(20)).letters).toHaveLength(1);
  });

  it('gets past what is not understood', async () => {
    const { deadLetters, setAside } = make();
    for (let index = 0; index < 12; index += 1) await setAside('scheduled', 'nonsense');
    await setAside('scheduled', window('1'));
    expect(await deadLetters.redrive({ limit: 1 })).toMatchObject({ redriven: 1 });
  });

  it('keeps what could not be sent', async () => {
    const { deadLetters, setAside, refuse, sent } = make();
    const refused = await setAside('scheduled', window('1'));
    await setAside('scheduled', window('2'));
    refuse('1');
    expect(await deadLetters.redrive({ limit: 10 })).toEqual({ redriven: 1, left: 1 });
    expect(await sent('scheduled')).toEqual([window('2')]);
    expect((await deadLetters.list(10)).letters.map(({ id }) => id)).toEqual([refused]);
  });

  it('sends to the lane that the note names when nothing else tells, or else to the scheduled one', async () => {
    const { deadLetters, notes, stray, sent } = make();
    await notes.put(noteOf(await stray(window('1')), { lane: 'priority' }));
    await stray(window('2'));
    const { letters } = await deadLetters.list(10);
    expect(letters.map(({ lane }) => lane).toSorted()).toEqual(['priority', 'unknown']);
    expect(await deadLetters.redrive({ limit: 10 })).toEqual({ redriven: 2, left: 0 });
    expect(await sent('priority')).toEqual([window('1')]);
    expect(await sent('scheduled')).toEqual([window('2')]);
  });

  it('discards what is named, understood or not', async () => {
    const { deadLetters, setAside, sent } = make();
    const poison = await setAside('scheduled', POISON);
    const task = await setAside('scheduled', window('1'));
    const kept = await setAside('scheduled', window('2'));
    expect(await deadLetters.discard([poison, task, 'nobody'])).toBe(2);
    expect((await deadLetters.list(10)).letters.map(({ id }) => id)).toEqual([kept]);
    expect(await sent('scheduled')).toEqual([]);
  });
}
