import { beforeEach, describe, expect, it } from 'vitest';
import { explainRecord } from '../../../lib/sync/explain-record.ts';
import { forgetRecord } from '../../../lib/sync/forget-record.ts';
import { World } from '../../support/world.ts';

const SHELF = 'a';

describe('a forgotten record', () => {
  let world: World;

  beforeEach(async () => {
    world = new World();
    world.server.put('person', SHELF, 'name and address', undefined);
    world.server.put('other', SHELF, 'somebody else');
    world.clock.advance(60_000);
    await world.load();
  });

  async function target() {
    const [connection] = (await world.sources.list()).open;
    const stream = connection?.streams[0];
    if (connection === undefined || stream === undefined) throw new Error('there is no stream');
    return { connection, stream };
  }

  async function forget(): Promise<void> {
    await forgetRecord(world.ports, await target(), 'person');
    await world.drain();
  }

  async function verdict(source = false) {
    return (await explainRecord(world.ports, await target(), 'person', { source })).verdict.code;
  }

  it('leaves the cache, and nothing that was read before brings it back', async () => {
    expect(await verdict()).toBe('in-sync');
    await forget();
    expect([...world.cached(SHELF).keys()]).toEqual(['other']);
    expect(await verdict()).toBe('forgotten');
    await world.cycle();
    await world.cycle();
    expect([...world.cached(SHELF).keys()]).toEqual(['other']);
  });

  it('stays away when the cache is lost and read again', async () => {
    await forget();
    world.cache.keys.flush();
    await world.cycle();
    await world.cycle();
    await world.cycle();
    expect([...world.cached(SHELF).keys()]).toEqual(['other']);
    expect(await verdict(true)).toBe('forgotten');
  });

  it('comes back once the source shows a newer version', async () => {
    await forget();
    world.clock.advance(60_000);
    world.server.put('person', SHELF, 'a new name');
    expect(await verdict(true)).toBe('behind');
    await world.cycle();
    expect(world.cached(SHELF).size).toBe(2);
    expect(await verdict()).toBe('in-sync');
  });
});
