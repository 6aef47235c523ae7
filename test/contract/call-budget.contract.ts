import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { type CallLimits, EMPTY_BUDGET } from '../../lib/domain/budget.ts';
import { plusMs } from '../../lib/domain/instant.ts';
import type { Priority } from '../../lib/domain/priority.ts';
import type { CallBudget, CallGrant } from '../../lib/ports/call-budget.ts';
import type { ManualClock } from '../fakes/manual-clock.ts';
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
    const limits = { ...LIMITS, perMinute: 100, concurrent: 4 };
    const grants: CallGrant[] = [];
    for (let round = 0; round < 4; round += 1) {
      grants.push(
        ...(await Promise.all(environments.map((budget) => budget.reserve(connection, limits, 'scheduled')))),
      );
    }
    expect(orders(grants)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(await open('d').read(connection)).toMatchObject({ calls: 12, recent: { counts: [12] }, dayUsed: 12 });
  });

  it('never grants more than the minute allows, however many ask at once', async () => {
    const { connection, open, clock } = make();
    const limits = { ...LIMITS, concurrent: 100 };
    const asked = Array.from({ length: 12 }, (_, index) =>
      open(`holder-${index}`).reserve(connection, limits, 'webhook'),
    );
    const grants = await Promise.all(asked);
    expect(orders(grants)).toEqual([1, 2, 3, 4, 5]);
    const denied = grants.find((grant) => grant.outcome === 'denied');
    expect(denied).toMatchObject({ reason: 'minute' });
    clock.advance(62_000);
    expect(await open('holder-1').reserve(connection, limits, 'force')).toEqual({ outcome: 'granted', order: 6 });
  });

  it('keeps what is left of a minute, and of the places, for the more urgent', async () => {
    const { connection, open } = make();
    const answers = [];
    for (const [index, priority] of (['full', 'full', 'full', 'force', 'webhook', 'webhook'] as const).entries()) {
      answers.push(await open(`holder-${index}`).reserve(connection, { ...LIMITS, concurrent: 100 }, priority));
    }
    expect(answers.map((answer) => (answer.outcome === 'granted' ? answer.order : answer.reason))).toEqual([
      1,
      2,
      3,
      4,
      5,
      'minute',
    ]);
    const other = `${connection}-b`;
    for (const holder of ['a', 'b']) await open(holder).reserve(other, LIMITS, 'scheduled');
    const scheduled = await open('c').reserve(other, LIMITS, 'scheduled');
    expect(scheduled).toMatchObject({ outcome: 'denied', reason: 'concurrency' });
    expect(await open('c').reserve(other, LIMITS, 'force')).toMatchObject({ outcome: 'granted' });
  });

  it('opens its breaker at five failures in a row over all environments, and says so in every grant before', async () => {
    const { connection, open, clock } = make();
    const [one, other] = [open('a'), open('b')];
    const limits = { ...LIMITS, perMinute: 100 };
    for (const [index, budget] of [one, other, one, other].entries()) {
      const grant = await budget.reserve(connection, limits, 'scheduled');
      expect(grant).toEqual({ outcome: 'granted', order: 2 * index + 1, ...(index > 0 && { failures: index }) });
      expect(await budget.report(connection, { outcome: 'failed', order: 2 * index + 1, fraction: 0 })).toEqual({
        turn: 'none',
      });
    }
    await one.reserve(connection, limits, 'scheduled');
    const retryAt = plusMs(clock.now(), 15_000);
    const opened = await one.report(connection, { outcome: 'failed', order: 9, fraction: 0 });
    expect(opened).toEqual({ turn: 'opened', failures: 5, retryAt });
    const denied = { outcome: 'denied', reason: 'breaker', retryAt };
    expect(await other.reserve(connection, limits, 'webhook')).toEqual(denied);
    expect(await open('c').read(connection)).toMatchObject({
      breaker: { failures: 5, openings: 1, since: clock.now(), retryAt },
    });
  });

  it('lets one environment try when the wait is over, however many ask at once', async () => {
    const { connection, open, clock } = make();
    for (const _ of [1, 2, 3, 4, 5]) await open('a').report(connection, { outcome: 'failed', fraction: 0 });
    clock.advance(15_000);
    const holders = ['a', 'b', 'c', 'd'];
    const grants = await Promise.all(holders.map((holder) => open(holder).reserve(connection, LIMITS, 'webhook')));
    const [probe, ...more] = grants.filter((grant) => grant.outcome === 'granted');
    expect(more).toEqual([]);
    const until = plusMs(clock.now(), LIMITS.callTimeoutMs);
    expect(grants).toContainEqual({ outcome: 'denied', reason: 'breaker', retryAt: until });
    expect(probe).toMatchObject({ failures: 5 });
    const answered = { outcome: 'answered', order: orders(grants)[0] ?? 0, fraction: 0 } as const;
    expect(await open('b').report(connection, answered)).toEqual({ turn: 'closed' });
    expect((await open('c').read(connection)).breaker).toBeUndefined();
    expect(await open('d').reserve(connection, LIMITS, 'webhook')).not.toHaveProperty('failures');
  });

  it('lets others try before a partition that failed again, and the question that tries make all its calls', async () => {
    const { connection, open, clock } = make();
    const [one, other] = [open('a'), open('b')];
    const bad = { partition: 'bad' };
    await one.report(connection, { outcome: 'failed', fraction: 0, ...bad });
    for (const _ of [2, 3, 4, 5]) await one.report(connection, { outcome: 'failed', fraction: 0 });
    clock.advance(15_000);
    const [tried] = orders([await one.reserve(connection, LIMITS, 'webhook', bad)]);
    await one.report(connection, { outcome: 'failed', order: tried ?? 0, fraction: 0, ...bad });
    const retryAt = plusMs(clock.now(), 900_000);
    clock.advance(30_000);
    const denied = { outcome: 'denied', reason: 'breaker', retryAt };
    expect(await other.reserve(connection, LIMITS, 'webhook', bad)).toEqual(denied);
    const [order] = orders([await other.reserve(connection, LIMITS, 'webhook', { partition: 'good' })]);
    const next = { partition: 'good', order: order ?? 0 };
    expect(await other.reserve(connection, LIMITS, 'webhook', next)).toMatchObject({ outcome: 'granted' });
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
  | { readonly does: 'fail' | 'answer'; readonly holder: Holder; readonly fraction: number }
  | { readonly does: 'wait'; readonly ms: number };

interface Play {
  readonly connection: string;
  readonly clock: ManualClock;
  /** The number of each holder's last call. */
  readonly calls: Map<Holder, number>;
}

async function take(
  step: Step,
  budgets: Readonly<Record<Holder, CallBudget>>,
  { connection, clock, calls }: Play,
): Promise<unknown> {
  switch (step.does) {
    case 'wait':
      return clock.advance(step.ms);
    case 'pause':
      return budgets[step.holder].pause(connection, plusMs(clock.now(), step.forMs), 'rate-limited');
    case 'reserve': {
      const limits = { ...LIMITS, concurrent: 2, perDay: 9 };
      const grant = await budgets[step.holder].reserve(connection, limits, step.priority);
      if (grant.outcome === 'granted') calls.set(step.holder, grant.order);
      return grant;
    }
    case 'fail':
    case 'answer': {
      const order = calls.get(step.holder);
      const outcome = step.does === 'fail' ? 'failed' : 'answered';
      const end = { outcome, fraction: step.fraction, ...(order === undefined ? {} : { order }) } as const;
      return budgets[step.holder].report(connection, end);
    }
  }
}

/** Whatever is done, in whatever order, the budget and its in-memory fake answer alike. */
export function callBudgetEquivalence(real: () => Workbench<CallBudget>, fake: () => Workbench<CallBudget>): void {
  it('answers as the in-memory budget does, over random histories', async () => {
    const holder = fc.constantFrom<Holder>('a', 'b', 'c');
    const priority = fc.constantFrom<Priority>('webhook', 'scheduled', 'audit');
    const fraction = fc.constantFrom(0, 0.5, 0.999);
    const step: fc.Arbitrary<Step> = fc.oneof(
      { weight: 5, arbitrary: fc.record({ does: fc.constant('reserve' as const), holder, priority }) },
      fc.record({ does: fc.constant('pause' as const), holder, forMs: fc.constantFrom(1_000, 40_000) }),
      { weight: 4, arbitrary: fc.record({ does: fc.constant('fail' as const), holder, fraction }) },
      fc.record({ does: fc.constant('answer' as const), holder, fraction }),
      fc.record({ does: fc.constant('wait' as const), ms: fc.constantFrom(1_000, 30_000, 60_000, 8 * 3_600_000) }),
    );
    const play = async ({ connection, open, clock }: Workbench<CallBudget>, steps: readonly Step[]) => {
      const budgets = { a: open('a'), b: open('b'), c: open('c') };
      const calls = new Map<Holder, number>();
      const answers: unknown[] = [];
      for (const next of steps) {
        answers.push(await take(next, budgets, { connection, clock, calls }));
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
