import { describe, expect, it } from 'vitest';
import { SEGMENT } from '../../../lib/domain/names.ts';
import type { MakeVendor } from '../../simulators/simulated-vendor.ts';
import { present } from '../../support/present.ts';
import { SourceWorld } from './source-world.ts';

const YEAR_MS = 365 * 86_400_000;

export function recordLaws(make: MakeVendor, stream: string): void {
  const begin = (): Promise<SourceWorld> => SourceWorld.begin(make, { stream });

  describe('records', () => {
    it('are read whole: every one, to the byte, in its partition', async () => {
      const world = await begin();
      world.fill(10);
      const { records } = await world.walkAll();
      const read = new Map(records.map(({ id, partition, body }) => [id, { id, partition, body }]));
      expect(read).toEqual(world.truth());
    });

    it('are read however old they are', async () => {
      const world = await begin();
      const old = world.stream.insert(world.partition(0), YEAR_MS);
      const { records } = await world.walkAll();
      expect(records.map(({ id }) => id)).toContain(old);
    });

    it('have no version from the future, by the clock of their source', async () => {
      const world = await begin();
      world.vendor.skewMs = 90_000;
      world.fill(3, 0);
      const { pages } = await world.walkAll();
      for (const { records, servedAt } of pages) {
        expect(Math.abs(servedAt - (world.clock.now() + 90_000))).toBeLessThan(2_000);
        for (const { modified } of records) expect(modified).toBeLessThanOrEqual(servedAt + 1_000);
      }
    });

    it('name their segment exactly where the stream is segmented, and keep it', async () => {
      const world = await begin();
      const [id = ''] = world.fill(3);
      const before = await world.walkAll();
      for (const { segment } of before.records) {
        expect(segment !== undefined && SEGMENT.test(segment)).toBe(world.definition.segmented === true);
      }
      world.clock.advance(40 * 86_400_000);
      world.stream.edit(id);
      const after = await world.walkAll();
      const segmentIn = (records: typeof after.records) =>
        present(
          records.find((record) => record.id === id),
          id,
        ).segment;
      expect(segmentIn(after.records)).toBe(segmentIn(before.records));
    });

    it('are found by their ids, wherever they are, and those that have left are not', async () => {
      const world = await begin();
      const ids = world.fill(8);
      const [gone = '', ...wanted] = ids.slice(0, 4);
      world.stream.remove(gone);
      const { records, pages } = await world.walk({ ids: [gone, ...wanted] });
      expect(pages.at(-1)?.next).toBeUndefined();
      const read = new Map(records.map(({ id, partition, body }) => [id, { id, partition, body }]));
      expect(read).toEqual(new Map(wanted.map((id) => [id, present(world.truth().get(id), id)])));
    });

    it('are swept with the same ids, partitions and times as they are read', async () => {
      const world = await begin();
      world.fill(10);
      for (const query of world.queries()) {
        const { records } = await world.walk(query);
        const versions = await sweep(world, query.partition);
        const read = records.map(({ id, partition, modified }) => ({ id, partition, modified }));
        const times = new Map(read.map(({ id, modified }) => [id, modified]));
        // Or after the answer, where nobody knows when they were changed.
        const known = versions.map((version) =>
          version.modified > world.clock.now() ? { ...version, modified: times.get(version.id) } : version,
        );
        expect(known.toSorted(byId)).toEqual(read.toSorted(byId));
      }
    });

    it('that share an identity besides their id say so in the same words each time', async () => {
      const world = await begin();
      world.fill(4);
      const { identities } = world.definition;
      for (const { body } of (await world.walkAll()).records) {
        expect(identities?.(body)).toEqual(identities?.(body));
        expect(identities?.('{}') ?? []).toEqual([]);
      }
    });
  });

  it('finds nothing wrong with a healthy account', async () => {
    const world = await begin();
    world.fill(5);
    const findings = await world.patiently(() => world.check());
    expect(findings.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(findings.length).toBeGreaterThan(0);
  });
}

const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : 1);

async function sweep(world: SourceWorld, partition: string | undefined) {
  const query = { stream: world.stream.name, ...(partition === undefined ? {} : { partition }) };
  const versions = [];
  let cursor: string | undefined;
  do {
    const page = await world.patiently(() => world.source.sweep(query, cursor));
    versions.push(...page.versions);
    cursor = page.next;
  } while (cursor !== undefined);
  return versions;
}
