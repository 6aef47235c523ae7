import { describe, expect, it } from 'vitest';
import { instantFromMs, plusMs } from '../../lib/domain/instant.ts';
import { NEW_STREAM, type StreamState } from '../../lib/domain/stream.ts';
import type { HeldStream, StreamChange, StreamStore } from '../../lib/ports/stream-store.ts';
import { present } from '../support/present.ts';
import type { Workbench } from '../support/table-backends.ts';

const LEASE_MS = 60_000;
export const W1 = instantFromMs(1_700_000_000_000);
export const W2 = plusMs(W1, 1_000);

export function shorthands({ connection, open }: Workbench<StreamStore>) {
  const store = open();
  const key = { connection, stream: 'registrations' };
  const seen = async (): Promise<StreamState> => (await store.read(key)) ?? NEW_STREAM;
  const begin = async (owner = 'planner-1'): Promise<HeldStream> => {
    const held = await store.beginDelta(key, await seen(), owner, LEASE_MS);
    return present(held, 'the delta');
  };
  return { store, key, seen, begin };
}

/** What every store of streams does, whatever is behind it. */
export function streamStoreContract(make: () => Workbench<StreamStore>): void {
  describe('delta', () => {
    deltaContract(make);
  });
  describe('end of a delta', () => {
    endContract(make);
  });
  describe('changes during a delta', () => {
    concurrentContract(make);
  });
}

function deltaContract(make: () => Workbench<StreamStore>): void {
  it('begins with the first number, and creates the item', async () => {
    const bench = make();
    const { store, key } = shorthands(bench);
    expect(await store.read(key)).toBeUndefined();
    const held = await store.beginDelta(key, NEW_STREAM, 'planner-1', LEASE_MS);
    const lease = { owner: 'planner-1', expiresAt: plusMs(bench.clock.now(), LEASE_MS) };
    const state = { ...NEW_STREAM, delta: 1, lease };
    expect(held).toMatchObject({ key, owner: 'planner-1', delta: 1, state, expiresAt: lease.expiresAt });
    expect(await store.read(key)).toEqual(state);
  });

  it('lets one of two planners win', async () => {
    const bench = make();
    const { key, seen } = shorthands(bench);
    const state = await seen();
    const begun = await Promise.all(
      ['planner-1', 'planner-2', 'planner-3'].map((owner) => bench.open().beginDelta(key, state, owner, LEASE_MS)),
    );
    expect(begun.filter((held) => held !== undefined)).toHaveLength(1);
  });

  it('does not begin for a planner that saw another due time', async () => {
    const bench = make();
    const { store, key, seen, begin } = shorthands(bench);
    const late = await seen();
    await store.endDelta(await begin(), { nextDueAt: plusMs(bench.clock.now(), 300_000) });
    expect(await store.beginDelta(key, late, 'planner-2', LEASE_MS)).toBeUndefined();
    expect((await begin()).delta).toBe(2);
  });

  it('does not begin while paused', async () => {
    const { store, key, seen, begin } = shorthands(make());
    await store.setPaused(key, true);
    await store.setPaused(key, true);
    expect(await seen()).toEqual({ ...NEW_STREAM, paused: true });
    expect(await store.beginDelta(key, await seen(), 'planner-1', LEASE_MS)).toBeUndefined();
    await store.setPaused(key, false);
    expect((await seen()).paused).toBe(false);
    expect((await begin()).delta).toBe(1);
  });

  it('is taken over once its lease has expired, and then cannot be ended', async () => {
    const bench = make();
    const { store, key, seen, begin } = shorthands(bench);
    const late = await begin();
    bench.clock.advance(LEASE_MS - 1);
    expect(await store.beginDelta(key, await seen(), 'planner-2', LEASE_MS)).toBeUndefined();
    bench.clock.advance(1);
    expect((await begin()).delta).toBe(2);
    expect(await store.endDelta(late, { watermark: W1 })).toBe(false);
    expect((await seen()).watermark).toBeUndefined();
  });
}

function endContract(make: () => Workbench<StreamStore>): void {
  const CHANGE = {
    watermark: W1,
    loaded: true,
    handedOut: ['abcd_fgh', '-2345678'],
    nextDueAt: plusMs(W2, 300_000),
    intervalMs: 300_000,
    intervalReason: 'daily-budget',
    failures: 2,
    lastError: 'source-unavailable',
    lastCycleAt: W2,
    cacheCycle: 17,
    checkpoint: { cursor: 'page-2', since: W1, startedAt: W2 },
  } as const satisfies StreamChange;

  it('writes what it is given, and a later end leaves what it does not name', async () => {
    const { store, seen, begin } = shorthands(make());
    expect(await store.endDelta(await begin(), CHANGE)).toBe(true);
    expect(await seen()).toEqual({ ...NEW_STREAM, ...CHANGE, delta: 1 });
    expect(await store.endDelta(await begin(), {})).toBe(true);
    expect(await seen()).toEqual({ ...NEW_STREAM, ...CHANGE, delta: 2 });
  });

  it('clears what it is told to clear', async () => {
    const { store, seen, begin } = shorthands(make());
    await store.endDelta(await begin(), CHANGE);
    await store.endDelta(await begin(), {
      lastError: null,
      checkpoint: null,
      failures: 0,
      handedOut: [],
      loaded: false,
    });
    const { lastError: _error, checkpoint: _checkpoint, ...kept } = CHANGE;
    expect(await seen()).toEqual({ ...NEW_STREAM, ...kept, delta: 2, failures: 0, handedOut: [], loaded: false });
  });

  it('happens once', async () => {
    const { store, begin } = shorthands(make());
    const held = await begin();
    expect(await store.endDelta(held, {})).toBe(true);
    expect(await store.endDelta(held, { watermark: W1 })).toBe(false);
  });

  it('never moves the watermark back', async () => {
    const { store, seen, begin } = shorthands(make());
    await store.endDelta(await begin(), { watermark: W2 });
    await store.endDelta(await begin(), { watermark: W1 });
    expect((await seen()).watermark).toBe(W2);
  });
}

function concurrentContract(make: () => Workbench<StreamStore>): void {
  it('keeps that somebody made the stream due meanwhile', async () => {
    const bench = make();
    const { store, key, seen, begin } = shorthands(bench);
    const held = await begin();
    bench.clock.advance(1_000);
    await store.makeDue(key);
    const due = bench.clock.now();
    expect(await store.endDelta(held, { nextDueAt: plusMs(due, 300_000), failures: 1 })).toBe(true);
    expect(await seen()).toMatchObject({ nextDueAt: due, failures: 1 });
  });

  it('keeps the later watermark when the first walk began meanwhile', async () => {
    const { store, key, seen, begin } = shorthands(make());
    const held = await begin();
    await store.beginFrom(key, W2);
    expect(await store.endDelta(held, { watermark: W1, cacheCycle: 4 })).toBe(true);
    expect(await seen()).toMatchObject({ watermark: W2, cacheCycle: 4 });
    expect((await seen()).lease).toBeUndefined();
  });

  it('keeps a pause and a completed walk that came meanwhile', async () => {
    const { store, key, seen, begin } = shorthands(make());
    const held = await begin();
    await store.setPaused(key, true);
    await store.markLoaded(key);
    expect(await store.endDelta(held, { failures: 0 })).toBe(true);
    expect(await seen()).toMatchObject({ paused: true, loaded: true });
  });

  it('takes back that a walk is complete, even if it was completed meanwhile', async () => {
    const { store, key, seen, begin } = shorthands(make());
    const held = await begin();
    await store.markLoaded(key);
    expect(await store.endDelta(held, { loaded: false })).toBe(true);
    expect((await seen()).loaded).toBe(false);
  });

  it('keeps when the schedule last had all of it read, through a delta that was under way', async () => {
    const { store, key, seen, begin } = shorthands(make());
    await store.markFull(key, W1);
    const held = await begin();
    await store.markFull(key, W2);
    expect(await store.endDelta(held, { lastCycleAt: W1 })).toBe(true);
    expect(await seen()).toEqual({ ...NEW_STREAM, delta: 1, lastCycleAt: W1, lastFullAt: W2 });
  });

  it('lets no later walk move a watermark: what lies between was not read', async () => {
    const { store, key, seen } = shorthands(make());
    await store.beginFrom(key, W1);
    await store.beginFrom(key, W2);
    expect(await seen()).toEqual({ ...NEW_STREAM, watermark: W1 });
  });

  it('forgets a stream that is removed', async () => {
    const { store, key } = shorthands(make());
    await store.markLoaded(key);
    await store.remove(key);
    await store.remove(key);
    expect(await store.read(key)).toBeUndefined();
  });
}
