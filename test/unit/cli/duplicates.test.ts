import { describe, expect, it } from 'vitest';
import { partitionKey } from '../../../lib/domain/names.ts';
import { EVENT, MAIN, openConnection, REGISTRATIONS } from '../api/api-world.ts';
import { CliWorld } from './cli-world.ts';

const IDENTIFIED = { ...REGISTRATIONS, identities: (body: string) => [body] };
const OTHER = '4433256000013547004';

/** Two events, the first with two records of one identity, and a stream whose records have none but their id. */
async function worldWithDuplicates(): Promise<CliWorld> {
  const world = new CliWorld();
  world.open = [openConnection('main', { streams: [IDENTIFIED, { ...REGISTRATIONS, name: 'visits' }] })];
  const visits = partitionKey({ connection: 'main', stream: 'visits' }, EVENT);
  await world.partitions.discover(visits, 'Spring fair');
  for (const [event, bodies] of [
    [EVENT, ['{"a":1}', '{"a":2}', '{"a":1}']],
    [OTHER, ['{"a":1}']],
  ] as const) {
    await world.addPartition(event, { loaded: true, cached: true, count: bodies.length });
    await world.cache.apply({
      key: partitionKey(MAIN, event),
      layout: { partitionKind: 'event', locators: true, version: 1 },
      fence: 1,
      create: true,
      verify: false,
      path: 'window',
      records: bodies.map((body, index) => {
        return { id: `${event}-${index}`, partition: event, modified: world.clock.now(), body };
      }),
      order: 7,
      meta: { lastSync: world.clock.now(), loaded: true, pending: false },
    });
  }
  return world;
}

describe('duplicates of everything', () => {
  it('are looked for in every partition, and streams without an identity are left out', async () => {
    const world = await worldWithDuplicates();
    const { exitCode, out } = await world.run('duplicates', '--all');
    expect(exitCode).toBe(0);
    expect(out).toMatch(new RegExp(`main/registrations/${EVENT} +1 +1 +3`));
    expect(out).not.toContain(OTHER);
    expect(out).toContain('1 duplicates among 4 records.');
    expect(out).toContain('main/visits: left out, its records have no identity but their id');
    expect((await world.run('duplicates', 'main', 'visits')).exitCode).toBe(1);
  });

  it('are excluded with --clean, and are gone from the next look', async () => {
    const world = await worldWithDuplicates();
    expect((await world.run('duplicates', 'main', 'registrations', '--clean')).out).toContain(`1 excluded: ${EVENT}-2`);
    const { out } = await world.run('duplicates', '--json');
    expect(JSON.parse(out)).toEqual({ partitions: [], examined: 3, withoutIdentity: ['main/visits'] });
  });
});
