import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../infra/local/services/redis/embedded-redis.ts';
import { startUpstashGateway, type UpstashGateway } from '../../infra/local/services/redis/upstash-gateway.ts';
import { type StreamLayout, versionedRecordsKey } from '../../lib/domain/cache-layout.ts';
import { digestOf } from '../../lib/domain/digest.ts';
import { exclusionStamp } from '../../lib/domain/exclusion.ts';
import { type Instant, instantFromMs, plusMs } from '../../lib/domain/instant.ts';
import type { PartitionKey } from '../../lib/domain/names.ts';
import { leftStamp } from '../../lib/domain/record.ts';
import { compareStamps, parseStamp, STAMP_LENGTH } from '../../lib/domain/stamp.ts';
import type { ApplyRequest, Left } from '../../lib/ports/cache-apply.ts';
import type { CachedEntry } from '../../lib/ports/cache-entries.ts';
import { type CacheHarness, inMemoryHarness, upstashHarness } from './cache-harness.ts';
import {
  A,
  applying,
  B,
  LAYOUT,
  locatorOf,
  metaOf,
  record,
  SEGMENTED_LAYOUT,
  stamped,
  stampsOf,
} from './cache-requests.ts';

const IDS = ['1', '2'];
const KEYS = [A, B];
const SEGMENTS = ['2025-01', '2025-02', '2026-01'];
const DEEP = process.env.TIDEMARK_DEEP === '1';
const TIMEOUT_MS = DEEP ? 900_000 : 120_000;

type Step =
  | { readonly step: 'apply'; readonly request: ApplyRequest }
  | { readonly step: 'lose-body'; readonly partition: number; readonly id: string }
  | { readonly step: 'lose-stamp'; readonly partition: number; readonly id: string }
  | { readonly step: 'lose-locator'; readonly id: string }
  | { readonly step: 'restate' | 'drop'; readonly partition: number; readonly fence: number }
  | { readonly step: 'lose-versions'; readonly partition: number };

const partition = fc.integer({ min: 0, max: 1 });
const id = fc.constantFrom(...IDS);
const fence = fc.constantFrom(1, 2, 2, 2, 2, 3);
const version = fc.record({
  id,
  second: fc.integer({ min: 1, max: 4 }),
  text: fc.constantFrom('x', 'y'),
  segment: fc.constantFrom(...SEGMENTS, undefined),
});

const drawnRequest = fc
  .record({
    partition,
    fence,
    create: fc.constantFrom(true, true, true, false),
    verify: fc.boolean(),
    keep: fc.constantFrom(false, false, true),
    order: fc.integer({ min: 1, max: 4 }),
    asOf: fc.integer({ min: 1, max: 5 }).map((second) => instantFromMs(second * 1_000)),
    versions: fc.array(version, { maxLength: 4 }),
    removals: fc.array(version, { maxLength: 2 }),
    forgotten: fc.array(version, { maxLength: 1 }),
    excluded: fc.constantFrom(undefined, undefined, undefined, ...IDS),
    included: fc.array(id, { maxLength: 1 }),
    left: fc.array(fc.record({ id, second: fc.integer({ min: 1, max: 4 }), lasting: fc.boolean() }), { maxLength: 2 }),
    path: fc.constantFrom('inline' as const, 'full' as const, 'repair' as const),
    lastSync: fc.integer({ min: 0, max: 3 }),
    scan: fc.constantFrom(undefined, 'run'),
    applied: fc.constantFrom(undefined, 1, 2),
  })
  .map(
    ({
      partition: index,
      versions,
      removals,
      forgotten,
      left,
      excluded,
      lastSync,
      scan,
      applied,
      ...rest
    }): ApplyRequest => {
      const key = KEYS[index] ?? A;
      const stampsOfAll = (all: typeof removals) =>
        Object.fromEntries(all.map((of) => [of.id, stamped(record(key, of.id, of.second, of.text), rest.order)]));
      const { meta, ...base } = applying({ key, ...rest });
      return {
        ...base,
        records: versions.map((of) => ({
          ...record(key, of.id, of.second, `${of.text} in ${key.partition}`),
          ...(of.segment === undefined ? {} : { segment: of.segment }),
        })),
        meta: { ...meta, lastSync: plusMs(meta.lastSync, lastSync), ...(applied === undefined ? {} : { applied }) },
        ...(removals.length === 0 ? {} : { removals: stampsOfAll(removals) }),
        ...(forgotten.length === 0 && excluded === undefined
          ? {}
          : {
              forgotten: {
                ...stampsOfAll(forgotten),
                ...(excluded === undefined ? {} : { [excluded]: exclusionStamp(meta.lastSync) }),
              },
            }),
        ...(left.length === 0 ? {} : { left: Object.fromEntries(left.map((of) => [of.id, leaving(key, of, rest)])) }),
        ...(scan === undefined ? {} : { scan }),
      };
    },
  );

function leaving(
  { partition: of }: PartitionKey,
  left: { readonly id: string; readonly second: number; readonly lasting: boolean },
  { order, asOf }: { readonly order: number; readonly asOf: Instant },
): Left {
  const { id: record, lasting } = left;
  return {
    stamp: leftStamp({ id: record, partition: of, modified: instantFromMs(left.second * 1_000) }, order, asOf),
    lasting,
  };
}

/** Of a layout, and of the other that may hold the same partition. */
function requestsIn(layout: StreamLayout): fc.Arbitrary<ApplyRequest> {
  const beside = fc.constantFrom(undefined, undefined, 'written' as const, 'dropped' as const);
  return fc.tuple(drawnRequest, beside).map(([made, becomes]) => ({
    ...made,
    layout,
    ...(becomes === undefined ? {} : { beside: { version: 2, becomes } }),
  }));
}

function stepsIn(layout: StreamLayout): fc.Arbitrary<Step> {
  return fc.oneof(
    { arbitrary: applyStep(layout), weight: 12 },
    { arbitrary: fc.record({ step: fc.constant('lose-body' as const), partition, id }), weight: 2 },
    { arbitrary: fc.record({ step: fc.constant('lose-stamp' as const), partition, id }), weight: 1 },
    { arbitrary: fc.record({ step: fc.constant('lose-locator' as const), id }), weight: 1 },
    {
      arbitrary: fc.record({ step: fc.constantFrom('restate' as const, 'drop' as const), partition, fence }),
      weight: 2,
    },
    { arbitrary: fc.record({ step: fc.constant('lose-versions' as const), partition }), weight: 1 },
  );
}

function applyStep(layout: StreamLayout): fc.Arbitrary<Step> {
  return requestsIn(layout).map((made): Step => ({ step: 'apply', request: made }));
}

/** Every key that may hold records of a partition, in both layouts. */
function bodiesOf(key: PartitionKey): readonly string[] {
  return [LAYOUT, { ...LAYOUT, version: 2 }].flatMap((layout) =>
    ['', ...SEGMENTS].map((segment) => versionedRecordsKey(key, layout, segment)),
  );
}

async function carryOut(harness: CacheHarness, step: Step, layout: StreamLayout): Promise<unknown> {
  if (step.step === 'apply') return harness.cache.apply(step.request);
  if (step.step === 'lose-locator') return harness.drop(locatorOf(step.id));
  const key = KEYS[step.partition] ?? A;
  switch (step.step) {
    case 'restate':
      return harness.cache.restate(key, layout, step.fence);
    case 'drop':
      return harness.cache.drop(key, layout, step.fence);
    case 'lose-body':
      for (const name of bodiesOf(key)) await harness.dropField(name, step.id);
      return undefined;
    case 'lose-stamp':
      return harness.dropField(stampsOf(key), step.id);
    case 'lose-versions':
      return harness.drop(stampsOf(key));
  }
}

async function contents({ cache, ...harness }: CacheHarness, layout: StreamLayout): Promise<unknown> {
  const hashes = KEYS.flatMap((key) => [...bodiesOf(key), stampsOf(key), metaOf(key)]);
  return {
    hashes: await Promise.all(hashes.map((key) => harness.hash(key))),
    locators: await Promise.all(IDS.map((of) => harness.text(locatorOf(of)))),
    unseen: await Promise.all(KEYS.map((key) => cache.unseen(key, 'run', 3, 1, layout))),
    counts: await Promise.all(KEYS.map((key) => cache.count(key, layout))),
    digests: await Promise.all(KEYS.map((key) => cache.digests(key, layout))),
    examined: await Promise.all(KEYS.map((key) => cache.examine(key, layout, {}))),
    entries: await Promise.all(KEYS.flatMap((key) => IDS.map((of) => cache.inspect(key, layout, of)))),
  };
}

describe.each([
  ['without segments', LAYOUT],
  ['with segments', SEGMENTED_LAYOUT],
])('cache: fake and adapter, %s', (_, layout) => {
  const request = requestsIn(layout);
  let redis: EmbeddedRedis;
  let gateway: UpstashGateway;

  beforeAll(async () => {
    redis = await startEmbeddedRedis();
    gateway = await startUpstashGateway({ token: 'model', redis });
  });
  afterAll(async () => {
    await gateway.close();
    await redis.close();
  });

  it(
    'answer alike and hold alike, whatever is asked and lost, to the command',
    async () => {
      const real = upstashHarness(gateway.url, 'model', () => gateway.billedCommands());
      // Redis holds every script from here on: the first call of each costs one command more.
      await real.cache.apply(applying({ records: [record(A, '1', 1)] }));
      await real.cache.restate(A, layout, 1);
      await real.cache.drop(A, layout, 1);
      await fc.assert(
        fc.asyncProperty(fc.array(stepsIn(layout), { minLength: 1, maxLength: 14 }), async (steps) => {
          const fake = inMemoryHarness();
          await real.flush();
          for (const step of steps)
            expect(await carryOut(real, step, layout)).toEqual(await carryOut(fake, step, layout));
          expect(normalized(await contents(real, layout))).toEqual(normalized(await contents(fake, layout)));
        }),
        { numRuns: DEEP ? 1_000 : 60 },
      );
    },
    TIMEOUT_MS,
  );

  it(
    'keep digests that are those of the stamps, whatever is written, removed, forgotten and restated',
    async () => {
      const real = upstashHarness(gateway.url, 'model', () => gateway.billedCommands());
      const written = fc.oneof(
        { arbitrary: applyStep(layout), weight: 8 },
        { arbitrary: fc.record({ step: fc.constant('restate' as const), partition, fence }), weight: 1 },
      );
      for (const [harness, numRuns] of [
        [inMemoryHarness(), 200],
        [real, DEEP ? 500 : 40],
      ] as const) {
        await fc.assert(
          fc.asyncProperty(fc.array(written, { minLength: 1, maxLength: 14 }), async (steps) => {
            await harness.flush();
            for (const step of steps) await carryOut(harness, step, layout);
            for (const key of KEYS) expect(await digestsHold(harness, key)).toBe(true);
          }),
          { numRuns },
        );
      }
    },
    TIMEOUT_MS,
  );

  it('bring no record back that is forgotten, nor an older version of one that is gone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 2, maxLength: 30 }), async (requests) => {
        const harness = inMemoryHarness();
        for (const next of requests) {
          const before = await Promise.all(IDS.map((of) => harness.cache.inspect(next.key, layout, of)));
          await harness.cache.apply(next);
          const after = await Promise.all(IDS.map((of) => harness.cache.inspect(next.key, layout, of)));
          expect(after.map((entry, index) => returned(before[index], entry))).not.toContain('old');
        }
      }),
      { numRuns: 300 },
    );
  });

  it('never show an older version after a newer one, and account for every record (I2, I8)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 2, maxLength: 30 }), async (requests) => {
        const harness = inMemoryHarness();
        for (const next of requests) {
          const before = await harness.hash(stampsOf(next.key));
          const reply = await harness.cache.apply(next);
          const after = await harness.hash(stampsOf(next.key));
          for (const of of IDS) expect(regressed(before[of], after[of])).toBe(false);
          if (reply.outcome !== 'applied') continue;
          const { added, updated, unchanged, superseded } = reply;
          expect(added + updated + unchanged + superseded).toBe(next.records.length);
        }
      }),
      { numRuns: 300 },
    );
  });
});

async function digestsHold(harness: CacheHarness, key: PartitionKey): Promise<boolean> {
  const stamps = [...(await harness.cache.stamps(key, LAYOUT))];
  const parts = stamps.flatMap(([of, { stamp }]) => {
    const parsed = parseStamp(stamp);
    return parsed === undefined ? [] : [[of, parsed] as const];
  });
  const kept = await harness.cache.digests(key, LAYOUT);
  return kept === undefined || (kept.count === stamps.length && isDeepStrictEqual(kept.buckets, digestOf(parts)));
}

/** A record that was not there and is now: whether it got past every tombstone there was. */
function returned(before: CachedEntry | undefined, { stored, body }: CachedEntry): 'new' | 'old' | undefined {
  if (before === undefined || body === 'absent' || before.body !== 'absent') return undefined;
  const gone = before.locator?.gone === undefined ? undefined : before.locator.stamp;
  const tombstones = [before.stored?.stamp, gone].filter((stamp) => stamp !== undefined);
  return tombstones.every((tombstone) => isNewer(stored?.stamp, tombstone)) ? 'new' : 'old';
}

function isNewer(candidate: string | undefined, tombstone: string): boolean {
  const [now, then] = [parseStamp(candidate ?? ''), parseStamp(tombstone)];
  return now !== undefined && then !== undefined && compareStamps(now, then) === 'newer';
}

function regressed(before: string | undefined, after: string | undefined): boolean {
  const [old, now] = [before, after].map((stored) => parseStamp((stored ?? '').slice(0, STAMP_LENGTH)));
  return old !== undefined && now !== undefined && compareStamps(old, now) === 'newer';
}

/** The fence is written at full width in Redis; lists of records have no order. */
function normalized(of: unknown): unknown {
  return JSON.parse(JSON.stringify(of), (name, value) => {
    if (name === '#fence') return Number(value);
    return Array.isArray(value) && value.every((item) => item?.record)
      ? value.toSorted((a: unknown, b: unknown) => JSON.stringify(a ?? '').localeCompare(JSON.stringify(b ?? '')))
      : value;
  });
}
