import { describe, expect, it } from 'vitest';
import { plusMs } from '../../../lib/domain/instant.ts';
import type { MakeVendor } from '../../simulators/simulated-vendor.ts';
import { present } from '../../support/present.ts';
import { Mirror } from './mirror.ts';
import { OVERLAP_MS, SourceWorld } from './source-world.ts';

const RECORDS = 12;

export function deltaLaws(make: MakeVendor, stream: string): void {
  const begin = (): Promise<SourceWorld> => SourceWorld.begin(make, { stream, pageSize: 3 });

  describe('a delta', () => {
    it('has what was added and what was edited since', async () => {
      const world = await begin();
      const [edited = ''] = world.fill(RECORDS);
      const { startedAt } = await world.walkAll();
      world.clock.advance(600_000);
      world.stream.edit(edited);
      const added = world.stream.insert(world.partition(1));
      world.clock.advance(60_000);
      const { records } = await world.walkAll(startedAt);
      const read = new Map(records.map(({ id, body }) => [id, body]));
      for (const id of [edited, added]) expect(read.get(id)).toBe(present(world.truth().get(id), id).body);
    });

    it('begins at its instant and not after it', async () => {
      const world = await begin();
      const [edited = ''] = world.fill(RECORDS);
      world.stream.edit(edited);
      world.clock.advance(120_000);
      const records = (await world.walkAll()).records.filter(({ id }) => id === edited);
      const since = present(records[0], edited).modified;
      const delta = await world.walkAll(since);
      expect(delta.records.map(({ id }) => id)).toContain(edited);
    });

    it('after another brings nothing that was not known', async () => {
      const world = await begin();
      world.fill(RECORDS);
      const mirror = new Mirror();
      const full = await world.walkAll();
      mirror.applyAll(full.pages);
      const known = mirror.records();
      world.clock.advance(300_000);
      mirror.applyAll((await world.walkAll(plusMs(full.startedAt, -OVERLAP_MS))).pages);
      expect(mirror.records()).toEqual(known);
    });

    it('that overlaps the one before by more than the index lags misses nothing', async () => {
      const world = await begin();
      const ids = world.fill(RECORDS);
      world.vendor.lagMs = 60_000;
      const mirror = new Mirror();
      let since = (await readInto(mirror, world)).startedAt;
      for (const id of ids) {
        world.clock.advance(20_000);
        world.stream.edit(id);
        if (ids.indexOf(id) % 3 === 0) world.stream.insert(world.partition(1));
        since = (await readInto(mirror, world, plusMs(since, -OVERLAP_MS))).startedAt;
      }
      world.clock.advance(120_000);
      await readInto(mirror, world, plusMs(since, -OVERLAP_MS));
      expect(mirror.records()).toEqual(world.truth());
    });

    it('or a full, or the absence from one, tells what has left', async () => {
      const world = await begin();
      const ids = world.fill(RECORDS);
      const mirror = new Mirror();
      const { startedAt } = await readInto(mirror, world);
      world.clock.advance(600_000);
      for (const id of ids.slice(0, 6)) {
        world.clock.advance(2_000);
        world.stream.remove(id);
      }
      world.clock.advance(60_000);
      await readInto(mirror, world, plusMs(startedAt, -OVERLAP_MS));
      const full = await world.walkAll();
      const inFull = new Set(full.records.map(({ id }) => id));
      const left = [...mirror.records().values()].filter(({ id }) => inFull.has(id));
      expect(new Map(left.map((record) => [record.id, record]))).toEqual(world.truth());
      for (const id of ids.slice(0, 6)) expect(inFull.has(id)).toBe(false);
    });

    it('announces only what has really left', async () => {
      const world = await begin();
      const ids = world.fill(RECORDS);
      const { startedAt } = await world.walkAll();
      world.clock.advance(600_000);
      const gone = new Set(ids.slice(0, 6));
      for (const id of gone) {
        world.clock.advance(2_000);
        world.stream.remove(id);
      }
      world.stream.edit(present(ids[8], 'a record'));
      world.clock.advance(60_000);
      const { pages } = await world.walkAll(plusMs(startedAt, -OVERLAP_MS));
      for (const { id, partition } of pages.flatMap(({ removed = [] }) => removed)) {
        expect(gone.has(id)).toBe(true);
        expect(world.stream.partitions()).toContain(partition);
      }
    });

    it('has a record that moved, where it has moved to', async () => {
      const world = await begin();
      const { move } = world.stream;
      const [id = ''] = world.fill(RECORDS);
      if (move === undefined) return;
      const { startedAt } = await world.walkAll();
      world.clock.advance(600_000);
      world.stream.move?.(id, world.partition(2));
      world.clock.advance(60_000);
      const { records } = await world.walkAll(startedAt);
      expect(records.find((record) => record.id === id)?.partition).toBe(world.partition(2));
    });
  });
}

async function readInto(mirror: Mirror, world: SourceWorld, since?: Parameters<SourceWorld['walkAll']>[0]) {
  const walk = await world.walkAll(since);
  mirror.applyAll(walk.pages);
  return walk;
}
