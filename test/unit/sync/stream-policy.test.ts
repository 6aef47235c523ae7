import { describe, expect, it } from 'vitest';
import { setPause } from '../../../lib/sync/set-pause.ts';
import { LIBRARY, World } from '../../support/world.ts';

describe('a policy for one stream', () => {
  it('holds wherever the stream is synced', async () => {
    const world = new World({ own: { intervalMinutes: 5, streams: { books: { intervalMinutes: 60 } } } });
    world.server.put('b1', 's1', 'book');
    await world.load();
    expect(await world.stream()).toMatchObject({ intervalMs: 3_600_000, intervalReason: 'configured' });
  });

  it('takes a stream out of planning that it does not enable, and drops what is on the queue for it', async () => {
    const world = new World({ own: { streams: { books: { enabled: false } } } });
    world.server.put('b1', 's1', 'book');
    await world.plan();
    await world.deliver({ ...LIBRARY, partition: 's1', task: 'window', reason: 'pending' });
    expect(world.server.requests).toEqual([]);
    expect(await world.stream()).toBeUndefined();
  });

  it.each([
    ['pausing', { own: {}, paused: true }],
    ['disabling', { own: { streams: { copies: { enabled: false } } }, paused: false }],
  ])('leaves the others of the connection going: %s one', async (_, { own, paused }) => {
    const world = new World({ copies: true, own });
    const copies = { ...LIBRARY, stream: 'copies' };
    if (paused) await setPause(world.ports, [copies], true);
    world.server.put('b1', 's1', 'book');
    await world.load();
    expect(world.cached('s1')).toEqual(world.server.truth('s1'));
    expect((await world.streams.read(copies))?.lastCycleAt).toBeUndefined();
    if (!paused) return;
    await setPause(world.ports, [copies], false);
    await world.load();
    expect(await world.streams.read(copies)).toMatchObject({ loaded: true });
  });

  it('makes a connection broken that names a stream which its source does not have', async () => {
    const world = new World({ own: { streams: { records: {} } } });
    const problem = 'policy.streams: "records" is no stream of this source; expected one of books';
    expect(await world.sources.list()).toEqual({ open: [], broken: [{ id: 'library', problems: [problem] }] });
  });
});
