import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { type CallLimits, EMPTY_BUDGET } from '../../lib/domain/budget.ts';
import { plusMs } from '../../lib/domain/instant.ts';
import type { Priority } from '../../lib/domain/priority.ts';
import type { CallBudget, CallGrant } from '../../lib/ports/call-budget.ts';
import type { Workbench } from '../support/table-backends.ts';

const LIMITS: CallLimits = { perMinute: 5, concurrent: 3, perDay: 100, resetZone: 'UTC', callTimeoutMs: 30_000 };

function orders(grants: readonly CallGrant[]): readonly number[] {
  return grants.flatMap((grant) => (grant.outcome === 'granted' ? [grant.order] : [])).toSorted((a, b) => a - b);
}

/** What every call budget does, whatever is behind it. */
export function callBudgetContract(make: () => Workbench<CallBudget>): void {
  it('is empty for a connection that never called', async () => {
    const bench = make();
    expect(await bench.open().read(bench.connection)).toEqual(EMPTY_BUDGET);
  });

  it('numbers calls over all environments, without a gap or a double', async () => {
    const { connection, open } = make();
    const environments = ['a', 'b', 'c'].map((holder) => open(holder));
    const limits = { ...LIMITS, perMinute: 100 };
    const grants: CallGrant[] = [];
    for (let round = 0; round < 4; round += 1) {
      grants.push(
        ...(await Promise.all(environments.map((budget) => budget.reserve(connection, limits, 'scheduled')))),
      );
    }
    expect(orders(grants)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(await open('d').read(connection)).toMatchObject({ calls: 12, minuteUsed: 12, dayUsed: 12 });
  });

  it('never grants more than the minute allows, however many ask at once', async () => {
    const { connection, open, clock } = make();
    const limits = { ...LIMITS, concurrent: 100 };
    const asked = Array.from({ length: 12 }, (_, index) =>
      open(`holder-${index}`).reserve(connection, limits, 'force'),
    );
    const grants = await Promise.all(asked);
    expect(orders(grants)).toEqual([1, 2, 3, 4, 5]);
    const denied = grants.find((grant) => grant.outcome === 'denied');
    expect(denied).toMatchObject({ reason: 'minute' });
    clock.advance(60_000);
    expect(await open('holder-1').reserve(connection, limits, 'force')).toEqual({ outcome: 'granted', order: 6 });
  });

  it('counts the calls of others that may still be under way', async () => {
    const { connection, open, clock } = make();
    const limits = { ...LIMITS, concurrent: 1 };
    const until = plusMs(clock.now(), limits.callTimeoutMs);
    expect(await open('a').reserve(connection, limits, 'full')).toEqual({ outcome: 'granted', order: 1 });
    const denied = await open('b').reserve(connection, limits, 'webhook');
    expect(denied).toEqual({ outcome: 'denied', reason: 'concurrency', retryAt: until });
    expect(await open('a').reserve(connection, limits, 'full')).toMatchObject({ outcome: 'granted' });
    clock.advance(limits.callTimeoutMs);
    expect(await open('b').reserve(connection, limits, 'webhook')).toMatchObject({ outcome: 'granted' });
  });

  it('pauses every environment until the vendor wants calls again', async () => {
    const { connection, open, clock } = make();
    const [one, other] = [open('a'), open('b')];
    await one.reserve(connection, LIMITS, 'scheduled');
    await other.reserve(connection, LIMITS, 'scheduled');
    const until = plusMs(clock.now(), 90_000);
    await one.pause(connection, until, 'quota-spent');
    const paused = { outcome: 'denied', reason: 'quota-spent', retryAt: until };
    expect(await other.reserve(connection, LIMITS, 'webhook')).toEqual(paused);
    await other.pause(connection, plusMs(until, -60_000), 'rate-limited');
    expect(await open('c').reserve(connection, LIMITS, 'webhook')).toEqual(paused);
    expect(await open('c').read(connection)).toMatchObject({ pausedUntil: until, pauseReason: 'quota-spent' });
    clock.advance(90_000);
    expect(await one.reserve(connection, LIMITS, 'scheduled')).toMatchObject({ outcome: 'granted' });
  });

  it('can be paused before the first call', async () => {
    const { connection, open, clock } = make();
    const until = plusMs(clock.now(), 1_000);
    await open().pause(connection, until, 'rate-limited');
    expect(await open().reserve(connection, LIMITS, 'force')).toEqual({
      outcome: 'denied',
      reason: 'paused',
      retryAt: until,
    });
  });

  it('keeps connections apart', async () => {
    const { connection, open } = make();
    const budget = open();
    await budget.reserve(connection, LIMITS, 'force');
    expect(await budget.reserve(`${connection}-b`, LIMITS, 'force')).toEqual({ outcome: 'granted', order: 1 });
  });
}

type Holder = 'a' | 'b' | 'c';

type Step =
  | { readonly does: 'reserve'; readonly holder: Holder; readonly priority: Priority }
  | { readonly does: 'pause'; readonly holder: Holder; readonly forMs: number }
  | { readonly does: 'wait'; readonly ms: number };

/** Whatever is done, in whatever order, the budget and its in-memory fake answer alike. */
export function callBudgetEquivalence(real: () => Workbench<CallBudget>, fake: () => Workbench<CallBudget>): void {
  it('answers as the in-memory budget does, over random histories', async () => {
    const holder = fc.constantFrom<Holder>('a', 'b', 'c');
    const priority = fc.constantFrom<Priority>('webhook', 'scheduled', 'audit');
    const step: fc.Arbitrary<Step> = fc.oneof(
      { weight: 5, arbitrary: fc.record({ does: fc.constant('reserve' as const), holder, priority }) },
      fc.record({ does: fc.constant('pause' as const), holder, forMs: fc.constantFrom(1_000, 40_000) }),
      fc.record({ does: fc.constant('wait' as const), ms: fc.constantFrom(1_000, 30_000, 60_000, 8 * 3_600_000) }),
    );
    const play = async ({ connection, open, clock }: Workbench<CallBudget>, steps: readonly Step[]) => {
      const budgets = { a: open('a'), b: open('b'), c: open('c') };
      const limits = { ...LIMITS, concurrent: 2, perDay: 9 };
      const answers: unknown[] = [];
      for (const next of steps) {
        if (next.does === 'wait') clock.advance(next.ms);
        else if (next.does === 'reserve') {
          answers.push(await budgets[next.holder].reserve(connection, limits, next.priority));
        } else await budgets[next.holder].pause(connection, plusMs(clock.now(), next.forMs), 'rate-limited');
      }
      return [...answers, await open('d').read(connection)];
    };
    const history = fc.array(step, { minLength: 5, maxLength: 25 });
    const agrees = fc.asyncProperty(history, async (steps) => {
      const [ours, theirs] = await Promise.all([play(real(), steps), play(fake(), steps)]);
      expect(ours).toEqual(theirs);
    });
    await fc.assert(agrees, { numRuns: 30 });
  });
}
