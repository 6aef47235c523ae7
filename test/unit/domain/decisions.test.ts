import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../../lib/domain/backoff.ts';
import { EMPTY_BUDGET } from '../../../lib/domain/budget.ts';
import { allowedPerDay, brakeRule, isMassRemoval } from '../../../lib/domain/deletion-brake.ts';
import { packChanges, splitByPartition, unpackChanges } from '../../../lib/domain/fan-out.ts';
import { MAX_HANDED_OUT, rememberHandedOut, versionHash } from '../../../lib/domain/handed-out.ts';
import { instantFromMs, parseIsoInstant, plusMs, toIso } from '../../../lib/domain/instant.ts';
import { effectiveInterval, isDue, nextDue } from '../../../lib/domain/interval.ts';
import { addLedgers, balances, EMPTY_LEDGER, outcomeOf } from '../../../lib/domain/ledger.ts';
import { effectiveWatermark, NO_TOTALS, NOTHING_PENDING, type PartitionState } from '../../../lib/domain/partition.ts';
import { decideStep } from '../../../lib/domain/partition-step.ts';
import type { ApplyTask, WindowTask } from '../../../lib/domain/task.ts';
import { clockWentBack, lowerBound, lowerBoundAfterSetback, promote } from '../../../lib/domain/window.ts';

const T = parseIsoInstant('2026-11-21T12:00:00Z') ?? instantFromMs(0);
const RULE = { overlapMs: 300_000, settleMs: 30_000 };

const STATE: PartitionState = {
  id: 'p',
  loaded: true,
  cached: true,
  fence: 1,
  pending: NOTHING_PENDING,
  scanOrder: 10,
  count: 0,
  failures: 0,
  totals: NO_TOTALS,
};

describe('a window', () => {
  it('begins an overlap before the watermark', () => {
    expect(toIso(lowerBound(T, RULE))).toBe('2026-11-21T11:55:00.000Z');
  });

  it('promotes to the first page less the settle delay, and never back', () => {
    expect(promote(undefined, T, RULE)).toBe(plusMs(T, -30_000));
    expect(promote(plusMs(T, 5_000), T, RULE)).toBe(plusMs(T, 5_000));
  });

  it("reads from the source's own now when its clock was set back", () => {
    const behind = plusMs(T, -3_600_000);
    expect(clockWentBack(T, behind)).toBe(true);
    expect(lowerBoundAfterSetback(T, behind, RULE)).toBe(plusMs(behind, -300_000));
  });
});

describe('the effective interval', () => {
  const limits = { perMinute: 45, concurrent: 5, resetZone: 'UTC', callTimeoutMs: 1_000 };

  it('is the configured one where the vendor counts no days', () => {
    expect(effectiveInterval(300_000, EMPTY_BUDGET, limits, 1, T)).toEqual({
      intervalMs: 300_000,
      reason: 'configured',
    });
  });

  it('stretches to what the rest of the day affords', () => {
    const budget = { ...EMPTY_BUDGET, day: '2026-11-21', dayUsed: 153 };
    const interval = effectiveInterval(300_000, budget, { ...limits, perDay: 250 }, 1, T);
    // 225 scheduled calls less 153 spent leave 72 for twelve hours: one every ten minutes.
    expect(interval).toEqual({ intervalMs: 600_000, reason: 'daily-budget' });
  });

  it('waits for the reset when nothing is left', () => {
    const budget = { ...EMPTY_BUDGET, day: '2026-11-21', dayUsed: 250 };
    expect(effectiveInterval(300_000, budget, { ...limits, perDay: 250 }, 1, T).intervalMs).toBe(12 * 3_600_000);
  });

  it('is due a tenth early, so that a punctual schedule never skips a cycle', () => {
    expect(isDue(nextDue(T, 300_000), plusMs(T, 299_000))).toBe(true);
    expect(isDue(nextDue(T, 300_000), plusMs(T, 60_000))).toBe(false);
    expect(isDue(undefined, T)).toBe(true);
  });
});

describe('fan-out', () => {
  const version = {
    id: fc.string({ minLength: 1 }),
    partition: fc.constantFrom('a', 'b', 'c'),
    modified: fc.nat().map(instantFromMs),
  };
  const body = fc.string({ unit: 'binary' });
  const segment = fc.constantFrom('2025-01', '2025-02');
  const record = fc.oneof(fc.record({ ...version, body }), fc.record({ ...version, body, segment }));
  const changes = fc.record({ records: fc.array(record), removed: fc.array(fc.record(version)) });

  it('splits changes by partition and loses none', () => {
    fc.assert(
      fc.property(changes, (all) => {
        const groups = splitByPartition(all);
        const split = [...groups.values()].flatMap(({ records, removed }) => [...records, ...removed]);
        expect(split.length).toBe(all.records.length + all.removed.length);
        for (const [partition, { records, removed }] of groups)
          expect([...records, ...removed].every((one) => one.partition === partition)).toBe(true);
      }),
    );
  });

  it('packs changes so that they come back exactly', () => {
    fc.assert(
      fc.property(changes, ({ records, removed }) => {
        const own = {
          records: records.map((one) => ({ ...one, partition: 'a' })),
          removed: removed.map((one) => ({ ...one, partition: 'a' })),
        };
        expect(unpackChanges(packChanges(own, 1_000_000) ?? '', 'a')).toEqual(own);
      }),
    );
  });

  it('packs nothing that is too large for a message', () => {
    const large = {
      id: '1',
      partition: 'a',
      modified: T,
      body: [...Array(5_000)].map((_, i) => (i * 7919) % 9973).join(),
    };
    expect(packChanges({ records: [large], removed: [] }, 1_000)).toBeUndefined();
  });

  it('says so when a body is not what was packed', () => {
    expect(unpackChanges('not gzip', 'a')).toBeUndefined();
  });
});

describe('what was handed out', () => {
  it('tells versions of one record apart', () => {
    const one = { id: '1', partition: 'a', modified: T, body: '{"a":1}' };
    expect(versionHash(one)).toBe(versionHash({ ...one }));
    expect(versionHash(one)).not.toBe(versionHash({ ...one, body: '{"a":2}' }));
    expect(versionHash(one)).not.toBe(versionHash({ ...one, modified: plusMs(T, 1_000) }));
  });

  it('keeps the latest when there are too many', () => {
    const versions = [...Array(MAX_HANDED_OUT + 10)].map((_, index) => ({ hash: `h${index}`, modified: index }));
    const kept = rememberHandedOut(versions);
    expect(kept.length).toBe(MAX_HANDED_OUT);
    expect(kept).toContain(`h${MAX_HANDED_OUT + 9}`);
    expect(kept).not.toContain('h9');
  });
});

describe('the deletion brake', () => {
  it.each([
    [0, 10, undefined],
    [20, 10_000, undefined],
    [21, 100, 'share-of-partition'],
    [500, 10_000, undefined],
    [501, 10_000, 'share-of-partition'],
    [1, 1, 'empties-partition'],
    [3, 3, 'empties-partition'],
    [2, 3, undefined],
    [3, 5, 'half-of-partition'],
    [2, 5, undefined],
  ])('holds %i deletions of %i records by the rule %s', (removals, cached, rule) => {
    expect(brakeRule(removals, cached)).toBe(rule);
  });

  it.each([
    [20, 0, 20, false],
    [21, 0, 30, true],
    [21, 40, 10_000, false],
    [21, 20, 10_000, true],
    [600, 900, 10_000, true],
  ])('is told of when a source says that %i have left, and shows %i, of %i: %s', (removed, shown, cached, told) => {
    expect(isMassRemoval(removed, shown, cached)).toBe(told);
  });

  it('lets a connection lose a twentieth of its records a day, and always a few', () => {
    expect([0, 100, 400, 10_000].map(allowedPerDay)).toEqual([20, 20, 20, 500]);
  });
});

describe('an outcome', () => {
  const complete = { complete: true, heldDeletions: 0 };

  it('is success only when every record seen is accounted for', () => {
    const ledger = addLedgers(EMPTY_LEDGER, { seen: 3, added: 1, updated: 1, unchanged: 1 });
    expect(balances(ledger)).toBe(true);
    expect(outcomeOf(ledger, complete)).toBe('succeeded');
    expect(outcomeOf({ ...ledger, seen: 4 }, complete)).toBe('failed');
  });

  it.each([
    ['partial', { quarantined: 1, seen: 1 }, complete],
    ['partial', {}, { complete: true, heldDeletions: 1 }],
    ['failed', {}, { complete: false, heldDeletions: 0 }],
    ['rate-limited', {}, { complete: false, heldDeletions: 0, stoppedBy: 'rate-limited' as const }],
    ['fenced', {}, { complete: false, heldDeletions: 0, stoppedBy: 'fenced' as const }],
    ['failed', {}, { complete: true, heldDeletions: 0, stoppedBy: 'error' as const }],
  ] as const)('is %s and never success otherwise', (outcome, ledger, end) => {
    expect(outcomeOf(addLedgers(EMPTY_LEDGER, ledger), end)).toBe(outcome);
  });
});

describe('the next step of a partition', () => {
  const apply: ApplyTask = {
    task: 'apply',
    connection: 'c',
    stream: 's',
    partition: 'p',
    delta: 5,
    order: 20,
    servedAt: T,
    inline: 'x',
  };
  const window: WindowTask = { task: 'window', connection: 'c', stream: 's', partition: 'p', reason: 'pending' };
  const open = { ...NOTHING_PENDING, open: [5], since: T, marked: 5 };

  it('is nothing for a delta that is no longer open', () => {
    expect(decideStep(apply, STATE)).toBe('nothing');
  });

  it('is the inline body while its delta is open and it was read after the last complete scan', () => {
    expect(decideStep(apply, { ...STATE, pending: open })).toBe('inline');
    expect(decideStep({ ...apply, order: 10 }, { ...STATE, pending: open })).toBe('settle');
  });

  it('is a window when the message carries no body', () => {
    const { inline: _none, ...bare } = apply;
    expect(decideStep(bare, { ...STATE, pending: open })).toBe('settle');
  });

  it('is whatever the item says, for any other message', () => {
    expect(decideStep(window, STATE)).toBe('nothing');
    expect(decideStep(window, { ...STATE, cached: false })).toBe('create');
    expect(decideStep(window, { ...STATE, pending: open })).toBe('settle');
    expect(decideStep(window, { ...STATE, pending: { ...open, rebuild: true } })).toBe('full');
    expect(decideStep(window, { ...STATE, force: { run: 'r', at: T } })).toBe('full');
    expect(decideStep({ ...window, reason: 'due' }, STATE)).toBe('due');
    expect(decideStep({ ...window, task: 'full', run: 'r' }, STATE)).toBe('nothing');
  });
});

describe('the effective watermark', () => {
  const later = plusMs(T, 60_000);

  it("is the stream's for a loaded partition with nothing pending", () => {
    expect(effectiveWatermark({ ...STATE, watermark: T }, { loaded: true, watermark: later })).toBe(later);
    expect(effectiveWatermark(STATE, { loaded: true, watermark: later })).toBe(later);
    expect(effectiveWatermark({ ...STATE, watermark: later }, { loaded: true, watermark: T })).toBe(later);
  });

  it('is its own while anything is pending, or before it is loaded', () => {
    const stream = { loaded: true, watermark: later };
    expect(effectiveWatermark({ ...STATE, watermark: T, pending: { ...NOTHING_PENDING, open: [1] } }, stream)).toBe(T);
    expect(effectiveWatermark({ ...STATE, loaded: false }, stream)).toBeUndefined();
    expect(effectiveWatermark({ ...STATE, watermark: T }, { loaded: false, watermark: later })).toBe(T);
  });
});

describe('backoff', () => {
  it('grows, stays below its cap and is jittered over its whole range', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, fraction) => {
          const wait = backoffMs({ firstMs: 200, capMs: 5_000 }, attempt, fraction);
          expect(wait).toBeGreaterThanOrEqual(0);
          expect(wait).toBeLessThan(Math.min(5_000, 200 * 2 ** (attempt - 1)) + 1);
        },
      ),
    );
  });
});
