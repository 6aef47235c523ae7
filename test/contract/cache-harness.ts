import { Redis } from '@upstash/redis';
import { UpstashCache } from '../../lib/adapters/upstash/upstash-cache.ts';
import type { Cache } from '../../lib/ports/cache.ts';
import { InMemoryCache } from '../fakes/in-memory-cache.ts';

/** A cache, and a way around it to see and to spoil what it holds. */
export interface CacheHarness {
  readonly cache: Cache;
  hash(key: string): Promise<Readonly<Record<string, string>>>;
  text(key: string): Promise<string | undefined>;
  setText(key: string, text: string): Promise<void>;
  setField(key: string, field: string, value: string): Promise<void>;
  dropField(key: string, field: string): Promise<void>;
  drop(key: string): Promise<void>;
  flush(): Promise<void>;
  /** Whether records are kept in segments: what something costs is then another matter. */
  readonly segmented?: boolean;
  /** Commands billed so far. */
  billed(): Promise<number>;
}

/** Segments that a partition has besides one, where it has any (`segmented-harness.ts`). */
const FURTHER_SEGMENTS = 2;

/**
 * What something cost, to be compared with what it costs without segments: with them it may cost two commands more for each
 * further one, and then counts as what it costs without.
 */
export function costOf({ segmented }: CacheHarness, commands: number, without: number): number {
  return segmented === true && commands >= without && commands <= without + 2 * FURTHER_SEGMENTS ? without : commands;
}

export function inMemoryHarness(): CacheHarness {
  const cache = new InMemoryCache();
  return {
    cache,
    hash: async (key) => Object.fromEntries(cache.keys.hash(key)),
    text: async (key) => cache.keys.text(key),
    setText: async (key, text) => cache.keys.setText(key, text),
    setField: async (key, field, value) => cache.keys.setField(key, field, value),
    dropField: async (key, field) => void cache.keys.dropField(key, field),
    drop: async (key) => cache.keys.drop(key),
    flush: async () => cache.keys.flush(),
    billed: async () => cache.commands,
  };
}

export interface UpstashHarness extends CacheHarness {
  redis(command: readonly [string, ...string[]]): Promise<unknown>;
}

/** The real adapter over whatever speaks Upstash's protocol at `url`. */
export function upstashHarness(url: string, token: string, billed: () => Promise<number>): UpstashHarness {
  const redis = new Redis({
    url,
    token,
    automaticDeserialization: false,
    enableAutoPipelining: false,
    enableTelemetry: false,
    responseEncoding: false,
  });
  const credentials = async () => ({ url, token });
  return {
    cache: new UpstashCache({ current: credentials, refreshed: credentials }),
    redis: ([name, ...args]) => redis.exec<unknown>([name, ...args]),
    hash: async (key) => asFields(await redis.exec<unknown>(['HGETALL', key])),
    text: async (key) => (await redis.get<string>(key)) ?? undefined,
    setText: async (key, text) => void (await redis.set(key, text)),
    setField: async (key, field, value) => void (await redis.hset(key, { [field]: value })),
    dropField: async (key, field) => void (await redis.hdel(key, field)),
    drop: async (key) => void (await redis.del(key)),
    flush: async () => void (await redis.flushall()),
    billed,
  };
}

function asFields(flat: unknown): Readonly<Record<string, string>> {
  const texts: readonly unknown[] = Array.isArray(flat) ? flat : [];
  const fields: [string, string][] = [];
  for (let index = 0; index < texts.length; index += 2) fields.push([String(texts[index]), String(texts[index + 1])]);
  return Object.fromEntries(fields);
}
