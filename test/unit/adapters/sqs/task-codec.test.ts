import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTask, encodeTask } from '../../../../lib/adapters/sqs/task-codec.ts';
import { instantFromMs } from '../../../../lib/domain/instant.ts';
import type { Task } from '../../../../lib/domain/task.ts';

const key = { connection: 'main', stream: 'registrations', partition: '4433256000013547003' };
const window: Task = { ...key, task: 'window', reason: 'due' };
const full = { ...key, task: 'full' as const, run: '0mi8q2x1k-abcdefgh' } satisfies Task;

describe('task codec', () => {
  it('gives back any apply task as it was', () => {
    const task = fc.record(
      {
        task: fc.constant('apply' as const),
        connection: fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,31}$/),
        stream: fc.stringMatching(/^[a-z][a-z0-9-]{0,31}$/),
        partition: fc.stringMatching(/^[A-Za-z0-9_.-]{1,96}(~[A-Za-z0-9_.-]{1,96})?$/),
        delta: fc.maxSafeNat(),
        order: fc.maxSafeNat(),
        servedAt: fc.nat().map(instantFromMs),
        pageServedAt: fc.nat().map(instantFromMs),
        inline: fc.string(),
        followed: fc.boolean(),
      },
      { requiredKeys: ['task', 'connection', 'stream', 'partition', 'delta', 'order', 'servedAt'] },
    );
    fc.assert(
      fc.property(task, (given) => {
        expect(decodeTask(encodeTask(given))).toEqual(given);
      }),
    );
  });

  it.each<Task>([
    window,
    full,
    { ...full, task: 'walk', partition: '*' },
    { ...full, task: 'audit' },
    { ...full, task: 'audit', partition: '*' },
    { ...key, task: 'drop', plan: full.run },
    { ...key, task: 'drop', partition: '*', plan: full.run },
    { ...key, task: 'plan', partition: '*' },
    { ...key, task: 'hint', partition: '*' },
    { ...key, task: 'hint', partition: '*', tries: 2, due: instantFromMs(1_764_000_000_000) },
  ])('gives back the task $task of $partition as it was', (task) => {
    expect(decodeTask(encodeTask(task))).toEqual(task);
  });

  it('leaves fields it does not know alone', () => {
    const newer = JSON.stringify({ ...JSON.parse(encodeTask(window)), hint: { deep: true } });
    expect(decodeTask(newer)).toEqual(window);
  });

  it.each([
    ['no JSON', 'nonsense', /not a JSON object/],
    ['a list', '[]', /version/],
    ['nothing', 'null', /not a JSON object/],
    ['another version', JSON.stringify({ ...window, v: 2 }), /version/],
    ['no version', JSON.stringify(window), /version/],
    ['an unknown task', JSON.stringify({ ...window, v: 1, task: 'dance' }), /task/],
    ['a partition out of its alphabet', JSON.stringify({ ...window, v: 1, partition: '1 || ID != 0' }), /partition/],
    ['a walk over one partition', JSON.stringify({ ...full, v: 1, task: 'walk' }), /partition/],
    ['the whole stream where one partition is meant', JSON.stringify({ ...full, v: 1, partition: '*' }), /partition/],
    ['an audit of an audit', JSON.stringify({ ...full, v: 1, task: 'audit', partition: '*audit:1' }), /partition/],
    ['a drop without a plan', JSON.stringify({ ...full, v: 1, task: 'drop' }), /plan/],
    ['a run id that is none', JSON.stringify({ ...full, v: 1, run: '../x' }), /run/],
    [
      'a number as text',
      JSON.stringify({ ...window, v: 1, task: 'apply', delta: '1', order: 1, servedAt: 1 }),
      /delta/,
    ],
    [
      'an instant out of range',
      JSON.stringify({ ...window, v: 1, task: 'apply', delta: 1, order: 1, servedAt: 1e300 }),
      /servedAt/,
    ],
  ])('says what is wrong with %s', (_, text, problem) => {
    expect(decodeTask(text)).toEqual({ problem: expect.stringMatching(problem) });
  });

  it('repeats no value of the message', () => {
    const decoded = decodeTask(JSON.stringify({ ...window, v: 1, partition: 'jane@example.org', reason: 'secret' }));
    expect(JSON.stringify(decoded)).not.toMatch(/jane|secret/);
  });
});
