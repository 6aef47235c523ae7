import { describe, expect, it } from 'vitest';
import { isRecordId } from '../../../lib/domain/names.ts';
import type { PartitionPage } from '../../../lib/ports/source.ts';
import type { MakeVendor } from '../../simulators/simulated-vendor.ts';
import { SourceWorld } from './source-world.ts';

export function partitionLaws(make: MakeVendor, stream: string): void {
  const begin = (): Promise<SourceWorld> => SourceWorld.begin(make, { stream, pageSize: 3 });

  async function listed(world: SourceWorld): Promise<readonly string[]> {
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page: PartitionPage = await world.patiently(() => world.source.listPartitions(stream, cursor));
      found.push(...page.partitions.map(({ id }) => id));
      cursor = page.next;
    } while (cursor !== undefined);
    return found;
  }

  describe('partitions', () => {
    it('are listed, each once', async () => {
      const world = await begin();
      expect((await listed(world)).toSorted()).toEqual(world.stream.partitions().toSorted());
    });

    it('are recognised, and nothing else is', async () => {
      const world = await begin();
      for (const partition of world.stream.partitions()) {
        expect(world.source.isPartitionId(stream, partition)).toBe(true);
      }
      for (const text of ['', ' ', '../etc', 'a b', 'a:b', 'a\nb', 'x'.repeat(300)]) {
        expect({ text, known: world.source.isPartitionId(stream, text) }).toEqual({ text, known: false });
      }
    });

    it('without records are read as empty, and the source tells its time', async () => {
      const world = await begin();
      const page = await world.page({ partition: world.partition(0) });
      expect(page).toMatchObject({ records: [], rejected: [] });
      expect(Math.abs(page.servedAt - world.clock.now())).toBeLessThan(2_000);
    });

    it('are read by themselves, without the records of others', async () => {
      const world = await begin();
      world.fill(12);
      for (const partition of world.stream.partitions()) {
        const { records } = await world.walk({ partition });
        const own = [...world.truth().values()].filter((record) => record.partition === partition);
        expect(new Set(records.map(({ id }) => id))).toEqual(new Set(own.map(({ id }) => id)));
      }
    });

    it('hold records with ids that keys can carry', async () => {
      const world = await begin();
      world.fill(6);
      for (const { id } of (await world.walkAll()).records) expect(isRecordId(id)).toBe(true);
    });
  });

  it('refuses a stream that it does not have', async () => {
    const world = await begin();
    await expect(async () => world.source.read({ stream: 'no-such-stream' })).rejects.toThrow('no-such-stream');
    await expect(async () => world.source.sweep({ stream: 'no-such-stream' })).rejects.toThrow('no-such-stream');
    await expect(async () => world.source.listPartitions('no-such-stream')).rejects.toThrow('no-such-stream');
  });
}
