import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BREAKER_THRESHOLD, breakerPhase, type Question } from '../../../lib/domain/breaker.ts';
import { type BudgetState, type CallLimits, EMPTY_BUDGET, endCalls, reserveCall } from '../../../lib/domain/budget.ts';
import { instantFromMs } from '../../../lib/domain/instant.ts';

const LIMITS: CallLimits = { perMinute: 1_000, concurrent: 50, resetZone: 'UTC', callTimeoutMs: 30_000 };

/** One connection, whose holders call and hear how it ended. */
class Line {
  state: BudgetState = EMPTY_BUDGET;
  now = instantFromMs(Date.UTC(2026, 10, 21, 12));

  wait(ms: number): void {
    this.now = instantFromMs(this.now + ms);
  }

  /** The call's number, or why there is none. */
  call(holder = 'a', question: Question = {}): number | string {
    const decision = reserveCall(this.state, LIMITS, { priority: 'scheduled', holder, question, now: this.now });
    if (decision.outcome === 'denied') return `${decision.reason} for ${decision.retryAt - this.now}`;
    this.state = decision.state;
    return decision.order;
  }

  end(outcome: 'answered' | 'failed', order?: number | string, fraction = 1, partition?: string): string {
    const about = partition === undefined ? {} : { partition };
    const end = { outcome, fraction, ...about, ...(typeof order === 'number' ? { order } : {}) };
    const { state, turn } = endCalls(this.state, end, this.now);
    this.state = state;
    return turn.turn;
  }

  fail(times: number): void {
    for (let time = 0; time < times; time += 1) this.end('failed', this.call());
  }

  /** Asks about a partition, to no avail. */
  failAbout(partition: string): string {
    return this.end('failed', this.call('a', { partition }), 1, partition);
  }

  get phase(): string {
    return breakerPhase(this.state.breaker, this.now);
  }
}

describe('a circuit breaker', () => {
  it('opens at the fifth failure in a row, whoever failed', () => {
    const line = new Line();
    for (const holder of ['a', 'b', 'c', 'd']) expect(line.end('failed', line.call(holder))).toBe('none');
    expect(line.phase).toBe('closed');
    expect(line.end('failed', line.call('e'))).toBe('opened');
    expect(line.phase).toBe('open');
    expect(line.call('f')).toBe('breaker for 30000');
  });

  it('begins to count anew after an answer, and then keeps nothing', () => {
    const line = new Line();
    line.fail(BREAKER_THRESHOLD - 1);
    line.end('answered', line.call());
    expect(line.state.breaker).toBeUndefined();
    line.fail(BREAKER_THRESHOLD - 1);
    expect(line.phase).toBe('closed');
  });

  it('lets one call through when the wait is over, and closes when it is answered', () => {
    const line = new Line();
    line.fail(BREAKER_THRESHOLD);
    line.wait(30_000);
    expect(line.phase).toBe('half-open');
    const probe = line.call('b');
    expect(probe).toBe(6 + BREAKER_THRESHOLD);
    expect(line.call('c')).toBe('breaker for 30000');
    expect(line.end('answered', probe)).toBe('closed');
    expect(line.call('c')).toBeTypeOf('number');
    expect(line.phase).toBe('closed');
  });

  it.each([
    ['open', 0],
    ['half-open', 30_000],
  ])('lets a person through who insists while it is %s, and keeps its try for the others', (phase, waitMs) => {
    const line = new Line();
    line.fail(BREAKER_THRESHOLD);
    line.wait(waitMs);
    const before = line.state.breaker;
    expect(line.call('person', { insists: true })).toBeTypeOf('number');
    expect(line.state.breaker).toEqual(before);
    expect(line.phase).toBe(phase);
  });

  it('opens for twice as long each time, at most for 15 minutes, and half as long by chance', () => {
    const line = new Line();
    line.fail(BREAKER_THRESHOLD);
    const waits = Array.from({ length: 8 }, (_, time) => {
      const wait = Number(/\d+$/.exec(String(line.call()))?.[0]);
      line.wait(wait);
      line.end('failed', line.call(), time < 6 ? 1 : 0);
      return wait;
    });
    expect(waits).toEqual([30_000, 60_000, 120_000, 240_000, 480_000, 900_000, 900_000, 450_000]);
    expect(line.state.breaker).toMatchObject({ failures: 13, since: line.now - 3_180_000 });
  });

  it('begins with the shortest wait again after it was closed', () => {
    const line = new Line();
    line.fail(BREAKER_THRESHOLD);
    line.wait(30_000);
    line.end('failed', line.call());
    line.wait(60_000);
    line.end('answered', line.call());
    line.fail(BREAKER_THRESHOLD);
    expect(line.call()).toBe('breaker for 30000');
  });

  it('is moved by no call that was under way when it opened', () => {
    const line = new Line();
    const slow = [line.call('b'), line.call('c')];
    line.fail(BREAKER_THRESHOLD);
    const opened = line.state;
    line.wait(5_000);
    line.end('failed', slow[0]);
    expect(line.state).toBe(opened);
    line.wait(25_000);
    const probe = line.call('d');
    line.end('failed', slow[1]);
    expect(line.phase).toBe('half-open');
    line.end('failed', probe);
    expect(line.call()).toBe('breaker for 60000');
  });

  it('lets another call try when whoever tried has died', () => {
    const line = new Line();
    line.fail(BREAKER_THRESHOLD);
    line.wait(30_000);
    const lost = line.call('b');
    line.wait(LIMITS.callTimeoutMs);
    const second = line.call('c');
    expect(second).toBeTypeOf('number');
    line.end('failed', lost);
    expect(line.phase).toBe('half-open');
    expect(line.end('answered', second)).toBe('closed');
  });

  it('stays open longer when the source fails before a call can be made', () => {
    const line = new Line();
    for (let time = 0; time < BREAKER_THRESHOLD; time += 1) line.end('failed');
    expect(line.call()).toBe('breaker for 30000');
    line.wait(30_000);
    expect(line.end('failed')).toBe('opened');
    expect(line.call()).toBe('breaker for 60000');
  });

  it('does not open for one partition, however often it fails, and does for five', () => {
    const line = new Line();
    for (let time = 0; time < 20; time += 1) expect(line.failAbout('p1')).toBe('none');
    for (const partition of ['p2', 'p3', 'p4']) expect(line.failAbout(partition)).toBe('none');
    expect(line.phase).toBe('closed');
    expect(line.failAbout('p5')).toBe('opened');
  });

  it('gives a partition that failed before no second try while others may want one', () => {
    const line = new Line();
    line.failAbout('bad');
    line.fail(BREAKER_THRESHOLD - 1);
    line.wait(30_000);
    expect(line.failAbout('bad')).toBe('none');
    expect(line.call('b', { partition: 'good' })).toBe('breaker for 30000');
    line.wait(30_000);
    expect(line.call('a', { partition: 'bad' })).toBe('breaker for 870000');
    expect(line.end('answered', line.call('b', { partition: 'good' }))).toBe('closed');
    expect(line.call('a', { partition: 'bad' })).toBeTypeOf('number');
  });

  it('lets a partition that failed before try again when nobody else did', () => {
    const line = new Line();
    line.failAbout('bad');
    line.fail(BREAKER_THRESHOLD - 1);
    line.wait(30_000);
    line.failAbout('bad');
    line.wait(900_000);
    expect(line.end('answered', line.call('a', { partition: 'bad' }), 1, 'bad')).toBe('closed');
  });

  it('lets the question that tries make all its calls', () => {
    const line = new Line();
    line.fail(BREAKER_THRESHOLD);
    line.wait(30_000);
    const first = line.call('b');
    expect(line.call('c')).toBe('breaker for 30000');
    const second = line.call('b', { order: Number(first) });
    expect(second).toBeTypeOf('number');
    expect(line.call('b', { order: Number(first) })).toBe('breaker for 30000');
    expect(line.end('answered', second)).toBe('closed');
  });

  it('lets through, while nothing is answered, five calls and one for each time it opened', () => {
    const moves = fc.array(
      fc.record({
        waitMs: fc.constantFrom(0, 1_000, 20_000, 40_000, 600_000),
        holder: fc.constantFrom('a', 'b', 'c'),
        /** Whether its end is ever told. */
        lives: fc.boolean(),
        fraction: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      }),
      { maxLength: 150 },
    );
    fc.assert(
      fc.property(moves, (asked) => {
        const line = new Line();
        let [openings, sinceOpened, lost] = [0, 0, 0];
        for (const { waitMs, holder, lives, fraction } of asked) {
          line.wait(waitMs);
          const order = line.call(holder);
          if (typeof order === 'string') continue;
          if (openings > 0) sinceOpened += 1;
          if (openings > 0 && !lives) lost += 1;
          if ((lives || openings === 0) && line.end('failed', order, fraction) === 'opened') openings += 1;
        }
        expect(sinceOpened).toBe(Math.max(0, openings - 1) + lost);
      }),
      { numRuns: 200 },
    );
  });
});
