import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { plusMs } from '../../lib/domain/instant.ts';
import type { HeldStream, StreamChange, StreamStore } from '../../lib/ports/stream-store.ts';
import type { Workbench } from '../support/table-backends.ts';
import { shorthands, W1, W2 } from './stream-store.contract.ts';

type Step = 'begin' | 'end' | 'end late' | 'pause' | 'resume' | 'due' | 'from' | 'loaded' | 'wait';

/** Whatever is done, in whatever order, the store and its in-memory fake answer alike. */
export function streamStoreEquivalence(real: () => Workbench<StreamStore>, fake: () => Workbench<StreamStore>): void {
  it('answers as the in-memory store does, over random histories', async () => {
    const step = fc.constantFrom<Step>('begin', 'end', 'end late', 'pause', 'resume', 'due', 'from', 'loaded', 'wait');
    const history = fc.array(fc.tuple(step, fc.nat(3)), { minLength: 5, maxLength: 25 });
    const agrees = fc.asyncProperty(history, async (steps) => {
      const [ours, theirs] = await Promise.all([play(real(), steps), play(fake(), steps)]);
      expect(ours).toEqual(theirs);
    });
    await fc.assert(agrees, { numRuns: 30 });
  });
}

async function play(bench: Workbench<StreamStore>, steps: readonly (readonly [Step, number])[]) {
  const { store, key, seen } = shorthands(bench);
  const begun: HeldStream[] = [];
  const answers: unknown[] = [];
  const changes: readonly StreamChange[] = [
    { watermark: W1, nextDueAt: W1 },
    { watermark: W2, lastError: 'x', checkpoint: { cursor: 'c', since: W1, startedAt: W1 } },
    { nextDueAt: W2, lastError: null, handedOut: ['a'] },
    { checkpoint: null, failures: 1, loaded: false },
  ];
  const end = async (held: HeldStream | undefined, change: number) =>
    held && store.endDelta(held, changes[change] ?? {});
  const does = {
    begin: async () => {
      const held = await store.beginDelta(key, await seen(), 'planner', 100);
      if (held) begun.push(held);
      return held;
    },
    end: (number: number) => end(begun.at(-1), number),
    'end late': (number: number) => end(begun.at(-2), number),
    pause: () => store.setPaused(key, true),
    resume: () => store.setPaused(key, false),
    due: () => store.makeDue(key),
    from: (number: number) => store.beginFrom(key, plusMs(W1, number * 500)),
    loaded: () => store.markLoaded(key),
    wait: async (number: number) => bench.clock.advance(number * 50),
  } as const satisfies Record<Step, (number: number) => Promise<unknown>>;
  for (const [step, number] of steps) {
    const answer = await does[step](number);
    answers.push(step === 'begin' ? answer !== undefined : answer, await store.read(key));
  }
  return answers;
}
