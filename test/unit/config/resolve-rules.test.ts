import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../lib/config/policy.ts';
import { resolveRules, strayStreams } from '../../../lib/config/resolve-rules.ts';
import type { ConnectionPolicy } from '../../../lib/ports/connections.ts';

describe('the rules of a stream', () => {
  const policy: ConnectionPolicy = {
    intervalMinutes: 10,
    settleSeconds: 5,
    audit: 'report',
    streams: { bookings: { intervalMinutes: 60, audit: 'off', enabled: false, onConflict: 'skip-existing' } },
  };

  it('are what is said for the stream, else for the connection, else for the stage', () => {
    expect(resolveRules(DEFAULT_POLICY, { policy }, 'bookings')).toMatchObject({
      enabled: false,
      intervalMs: 3_600_000,
      settleMs: 5_000,
      staleAfterMs: DEFAULT_POLICY.staleAfterMinutes * 60_000,
      overlapMs: DEFAULT_POLICY.overlapMinutes * 60_000,
      audit: 'off',
      onConflict: 'skip-existing',
    });
  });

  it('are not touched by what is said for another stream', () => {
    const rules = { enabled: true, intervalMs: 600_000, settleMs: 5_000, audit: 'report', onConflict: 'update' };
    expect(resolveRules(DEFAULT_POLICY, { policy }, 'returns')).toMatchObject(rules);
  });

  it('take the schedule of the connection, with what the stream says otherwise', () => {
    const schedule = { changes: '*/5 * * * *', full: '0 2 * * *', timeZone: 'Asia/Kolkata' };
    const own = { changes: '0 * * * *', skipWithinMinutes: 10 };
    const scheduled = { policy: { schedule, streams: { bookings: { schedule: own } } } };
    const bookings = resolveRules(DEFAULT_POLICY, scheduled, 'bookings').schedule;
    expect(bookings).toMatchObject({ timeZone: 'Asia/Kolkata', skipWithinMs: 600_000 });
    expect([bookings?.changes?.text, bookings?.full?.text]).toEqual(['0 * * * *', '0 2 * * *']);
    const returns = resolveRules(DEFAULT_POLICY, scheduled, 'returns').schedule;
    expect([returns?.changes?.text, returns?.skipWithinMs]).toEqual(['*/5 * * * *', 0]);
    expect(resolveRules(DEFAULT_POLICY, { policy: {} }, 'returns').schedule).toBeUndefined();
  });

  it('cannot be given to a stream that the source does not have', () => {
    expect(strayStreams({ policy }, [{ name: 'bookings' }])).toEqual([]);
    expect(strayStreams({ policy }, [{ name: 'stores' }, { name: 'returns' }])).toEqual([
      'policy.streams: "bookings" is no stream of this source; expected one of stores, returns',
    ]);
  });
});
