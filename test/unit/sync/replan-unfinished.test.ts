import { beforeEach, describe, expect, it } from 'vitest';
import { plusMs } from '../../../lib/domain/instant.ts';
import { EMPTY_LEDGER } from '../../../lib/domain/ledger.ts';
import { partitionKey, WHOLE_STREAM } from '../../../lib/domain/names.ts';
import type { PartitionChange } from '../../../lib/ports/partition-store.ts';
import { heldBy } from '../../support/held-by.ts';
import { LIBRARY, World } from '../../support/world.ts';

const CYCLE_MS = 300_000;

describe('what stays unfinished beyond a cycle', () => {
  let world: World;

  beforeEach(async () => {
    world = new World();
    world.server.put('1', 'a', 'first', plusMs(world.server.now(), -86_400_000));
    await world.load();
  });

  const mark = (shelf: string) => world.partitions.markOpen(partitionKey(LIBRARY, shelf), 1, world.clock.now());
  const hold = async (shelf: string, leaseMs: number) =>
    heldBy(await world.partitions.acquire(partitionKey(LIBRARY, shelf), 'somebody', leaseMs));
  /** The partitions that the planner sends a message for, a cycle later. */
  const planned = async () => {
    world.clock.advance(CYCLE_MS);
    await world.plan();
    return world.take().map(({ partition }) => partition);
  };

  it('is planned again, once a cycle has passed', async () => {
    await world.plan();
    await mark('x');
    expect(world.take()).toEqual([]);
    expect(await planned()).toEqual(['x']);
    expect(await planned()).toEqual(['x']);
  });

  it('is left alone while somebody works on it', async () => {
    await mark('x');
    await hold('x', 2 * CYCLE_MS);
    expect(await planned()).toEqual([]);
    expect(await planned()).toEqual(['x']);
  });

  it('waits ever longer when it keeps failing', async () => {
    await mark('x');
    const ended = { at: world.clock.now(), durationMs: 1, ledger: EMPTY_LEDGER };
    const failing: PartitionChange = {
      failures: 7,
      lastRun: { run: 'r-1', task: 'window', outcome: 'failed', ...ended },
    };
    await world.partitions.commit(await hold('x', 1_000), failing);
    // 16 minutes after the seventh failure.
    expect(await planned()).toEqual([]);
    expect(await planned()).toEqual([]);
    expect(await planned()).toEqual([]);
    expect(await planned()).toEqual(['x']);
  });

  it('does not wait though it keeps failing, once a person asks for its stream', async () => {
    await mark('x');
    const ended = { at: world.clock.now(), durationMs: 1, ledger: EMPTY_LEDGER };
    await world.partitions.commit(await hold('x', 1_000), {
      failures: 7,
      lastRun: { run: 'r-1', task: 'window', outcome: 'failed', ...ended },
    });
    expect(await planned()).toEqual([]);
    await world.streams.makeDue(LIBRARY);
    await world.deliver({ ...LIBRARY, partition: WHOLE_STREAM, task: 'plan' });
    expect(world.take().map(({ partition }) => partition)).toEqual(['x']);
  });

  it('is not planned again when the index is behind', async () => {
    await mark('x');
    const stale = await world.partitions.unfinished(LIBRARY, plusMs(world.clock.now(), 1), 10);
    await world.partitions.commit(await hold('x', 1_000), { settled: true });
    world.partitions.unfinished = async () => stale;
    expect(await planned()).toEqual([]);
  });

  it('is looked at by the thousand, and planned by two hundred', async () => {
    for (let shelf = 0; shelf < 260; shelf += 1) await mark(`x${shelf}`);
    expect(await planned()).toHaveLength(200);
    expect(world.telemetry.metrics.filter(({ name }) => name === 'PartitionsBehind').at(-1)?.value).toBe(260);
  });
});
