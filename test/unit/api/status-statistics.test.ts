import { describe, expect, it } from 'vitest';
import { partitionDetail, streamDetail } from '../../../functions/api/schemas/status.ts';
import { plusMs } from '../../../lib/domain/instant.ts';
import { EMPTY_LEDGER } from '../../../lib/domain/ledger.ts';
import { NEW_STREAM } from '../../../lib/domain/stream.ts';
import { ApiWorld, EVENT } from './api-world.ts';

const MINUTE_MS = 60_000;

describe('the status', () => {
  it('of a partition tells its last run, what all runs have done, and up to when it is whole', async () => {
    const world = new ApiWorld();
    const [at, watermark] = [plusMs(world.clock.now(), -2 * MINUTE_MS), plusMs(world.clock.now(), -3 * MINUTE_MS)];
    const ledger = { ...EMPTY_LEDGER, pages: 1, seen: 12, added: 2, updated: 9, unchanged: 1, calls: 1 };
    const lastRun = { run: '0mi8k2f5c-q3v9x0ab', task: 'window', outcome: 'succeeded', at, durationMs: 1_200 } as const;
    const totals = { runs: 7, succeeded: 6, failed: 1, added: 640, updated: 31, removed: 4 };
    await world.addPartition(EVENT, { loaded: true, watermark, count: 650, lastRun: { ...lastRun, ledger }, totals });
    const { body } = await world.get(`/v1/status/main/registrations/${EVENT}`);
    expect(partitionDetail.parse(body)).toMatchObject({
      count: 650,
      watermark: '2026-11-21T06:44:00.000Z',
      lastRun: { ...lastRun, at: '2026-11-21T06:45:00.000Z', ledger },
      totals,
    });
  });

  it('of a stream tells whether it runs, when it last did and will, and by which settings', async () => {
    const world = new ApiWorld();
    const lastCycleAt = plusMs(world.clock.now(), -MINUTE_MS);
    const nextDueAt = plusMs(world.clock.now(), 4 * MINUTE_MS);
    world.setStream({ ...NEW_STREAM, loaded: true, watermark: lastCycleAt, lastCycleAt, nextDueAt });
    const { body } = await world.get('/v1/status/main/registrations');
    expect(streamDetail.parse(body)).toMatchObject({
      enabled: true,
      running: true,
      paused: false,
      staleAfterMinutes: 15,
      intervalMinutes: { configured: 5 },
      schedule: null,
      lastCycleAt: '2026-11-21T06:46:00.000Z',
      nextRunAt: '2026-11-21T06:51:00.000Z',
    });
  });
});
