import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../infra/local/services/redis/embedded-redis.ts';
import { startUpstashGateway, type UpstashGateway } from '../../infra/local/services/redis/upstash-gateway.ts';
import { compareStamps, parseStamp } from '../../lib/domain/stamp.ts';
import type { ApplyRequest } from '../../lib/ports/cache.ts';
import { type CacheHarness, inMemoryHarness, upstashHarness } from './cache-harness.ts';
import { A, applying, B, LAYOUT, locatorOf, metaOf, record, recordsOf, stamped, stampsOf } from './cache-requests.ts';

const IDS = ['1', '2'];
const KEYS = [A, B];
const DEEP = process.env.TIDEMARK_DEEP === '1';

type Step =
  | { readonly step: 'apply'; readonly request: ApplyRequest }
  | { readonly step: 'lose-body'; readonly partition: number; readonly id: string }
  | { readonly step: 'lose-locator'; readonly id: string }
  | { readonly step: 'lose-versions'; readonly partition: number };

const partition = fc.integer({ min: 0, max: 1 });
const id = fc.constantFrom(...IDS);
const version = fc.record({ id, second: fc.integer({ min: 1, max: 4 }), text: fc.constantFrom('x', 'y') });

const request = fc
  .record({
    partition,
    fence: fc.constantFrom(1, 2, 2, 2, 2, 3),
    create: fc.constantFrom(true, true, true, false),
    verify: fc.boolean(),
    order: fc.integer({ min: 1, max: 4 }),
    versions: fc.array(version, { maxLength: 4 }),
    removals: fc.array(version, { maxLength: 2 }),
    scan: fc.constantFrom(undefined, 'run'),
    applied: fc.constantFrom(undefined, 1, 2),
  })
  .map(({ partition: index, versions, removals, scan, applied, ...rest }): ApplyRequest => {
    const key = KEYS[index] ?? A;
    const gone = removals.map((of) => [of.id, stamped(record(key, of.id, of.second, of.text), rest.order)] as const);
    const { meta, ...base } = applying({ key, ...rest });
    return {
      ...base,
      records: versions.map((of) => record(key, of.id, of.second, `${of.text} in ${key.partition}`)),
      meta: { ...meta, ...(applied === undefined ? {} : { applied }) },
      ...(gone.length === 0 ? {} : { removals: Object.fromEntries(gone) }),
      ...(scan === undefined ? {} : { scan }),
    };
  });

const applyStep = request.map((made): Step => ({ step: 'apply', request: made }));
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: applyStep, weight: 12 },
  { arbitrary: fc.record({ step: fc.constant('lose-body' as const), partition, id }), weight: 2 },
  { arbitrary: fc.record({ step: fc.constant('lose-locator' as const), id }), weight: 1 },
  { arbitrary: fc.record({ step: fc.constant('lose-versions' as const), partition }), weight: 1 },
);

async function carryOut(harness: CacheHarness, step: Step): Promise<unknown> {
  if (step.step === 'apply') return harness.cache.apply(step.request);
  if (step.step === 'lose-locator') return harness.drop(locatorOf(step.id));
  const key = KEYS[step.partition] ?? A;
  return step.step === 'lose-body' ? harness.dropField(recordsOf(key), step.id) : harness.drop(stampsOf(key));
}

async function contents(harness: CacheHarness): Promise<unknown> {
  const hashes = KEYS.flatMap((key) => [recordsOf(key), stampsOf(key), metaOf(key)]);
  return {
    hashes: await Promise.all(hashes.map((key) => harness.hash(key))),
    locators: await Promise.all(IDS.map((of) => harness.text(locatorOf(of)))),
    unseen: await Promise.all(KEYS.map((key) => harness.cache.unseen(key, 'run', 3, 1, LAYOUT))),
  };
}

describe('cache: fake and adapter', () => {
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

  it('answer alike and hold alike, whatever is asked and lost, to the command', async () => {
    const real = upstashHarness(gateway.url, 'model', () => gateway.billedCommands());
    await real.cache.apply(applying());
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 14 }), async (steps) => {
        const fake = inMemoryHarness();
        await real.flush();
        for (const step of steps) expect(await carryOut(real, step)).toEqual(await carryOut(fake, step));
        expect(normalized(await contents(real))).toEqual(normalized(await contents(fake)));
      }),
      { numRuns: DEEP ? 1_000 : 60 },
    );
  }, 120_000);

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

function regressed(before: string | undefined, after: string | undefined): boolean {
  const [old, now] = [parseStamp(before ?? ''), parseStamp(after ?? '')];
  return old !== undefined && now !== undefined && compareStamps(now, old) === 'older';
}

/** The fence is written at full width in Redis; lists of what was not seen have no order. */
function normalized(of: unknown): unknown {
  return JSON.parse(JSON.stringify(of), (name, value) => {
    if (name === '#fence') return Number(value);
    return Array.isArray(value) && value.every((item) => item?.record)
      ? value.toSorted((a: unknown, b: unknown) => JSON.stringify(a ?? '').localeCompare(JSON.stringify(b ?? '')))
      : value;
  });
}
