import type { ConnectionCycle } from '../domain/cache-layout.ts';
import { type Instant, laterOf, parseIsoInstant } from '../domain/instant.ts';

/** How far the cache is to be believed for one partition. */
export interface Freshness {
  /**
   * Every change the source made up to this instant of its own clock is in the cache. Absent before the first load is
   * complete.
   */
  readonly watermark?: Instant;
  /** Whether the partition was ever read as a whole. Until then records may be missing. */
  readonly loaded: boolean;
  /** Whether changes are known that are not in the cache yet. */
  readonly pending: boolean;
  /** When it was last written, by the writer's clock. */
  readonly lastSync?: Instant;
}

/**
 * The rule of the effective watermark, by what readers are told: the later of the partition's own and its stream's, but
 * only if both are loaded and nothing is pending for it; otherwise its own. A partition that nothing happens to
 * is never written, which is why its own watermark alone says too little.
 * @param meta the partition's meta hash
 * @param cycle what the connection published last, if anything
 */
export function freshnessOf(
  stream: string,
  partition: string,
  meta: ReadonlyMap<string, string>,
  cycle: ConnectionCycle | undefined,
): Freshness {
  const loaded = meta.get('loaded') === 'true';
  const own = instantOf(meta.get('watermark'));
  const lastSync = instantOf(meta.get('last_sync'));
  const told = cycle !== undefined && Object.hasOwn(cycle.streams, stream) ? cycle.streams[stream] : undefined;
  const open = told !== undefined && Object.hasOwn(told.pending, partition) ? (told.pending[partition] ?? 0) : 0;
  const pending = meta.get('pending') === 'true' || open > Number(meta.get('applied') ?? 0);
  const believed = told?.loaded === true && loaded && !pending && !told.more;
  const watermark = later(own, believed ? instantOf(told.watermark) : undefined);
  return {
    loaded,
    pending,
    ...(watermark === undefined || !loaded ? {} : { watermark }),
    ...(lastSync === undefined ? {} : { lastSync }),
  };
}

function instantOf(text: string | undefined): Instant | undefined {
  return text === undefined ? undefined : parseIsoInstant(text);
}

function later(a: Instant | undefined, b: Instant | undefined): Instant | undefined {
  return a === undefined || b === undefined ? (a ?? b) : laterOf(a, b);
}
