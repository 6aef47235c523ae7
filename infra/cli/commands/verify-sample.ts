import type { PartitionAnswer } from '../answers.ts';
import { type ApiClient, pathOf } from '../client.ts';
import type { CliIo } from '../io.ts';
import { sampleAnswer, type VerdictAnswer, verdictAnswer } from '../upkeep-answers.ts';
import type { NamedStream } from './scope.ts';
import { SECOND_LOOK_MS } from './verify-counts.ts';

/** A source that is asked too often at once is asked again after this, and after twice as long each time. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 10_000;

/**
 * What became of one record. `equal`: to the byte. `intact`: what was written, where no source can be asked. `kept`: the
 * body in the cache is kept on purpose. `known`: on purpose, or on a list for people. `under-way`: it comes by itself.
 */
export type Judgement = 'equal' | 'intact' | 'kept' | 'known' | 'under-way' | 'different' | 'not-compared';

export interface Judged {
  readonly partition: string;
  readonly record: string;
  readonly judgement: Judgement;
  readonly why: string;
}

/** Verdicts that somebody has decided about, or is being asked about elsewhere. */
const KNOWN: ReadonlySet<string> = new Set(['quarantined', 'removed', 'forgotten', 'excluded', 'held-deletion']);

/** What an explanation says about whether the cache has what the source shows. */
export function judge({ verdict, cache, source }: Omit<VerdictAnswer, 'why'>): Judgement {
  if (source?.outcome === 'failed') return 'not-compared';
  if (KNOWN.has(verdict)) return 'known';
  if (verdict === 'behind') return 'under-way';
  if (verdict !== 'in-sync' || cache === null) return 'different';
  if (source === null) return cache.body === 'intact' ? 'intact' : 'different';
  return source.comparedWithCache === 'same' && cache.body === 'intact' ? 'equal' : 'kept';
}

/** How many records are taken of which partition, every record of the stream being as likely as any other. */
export function spread(
  partitions: readonly Pick<PartitionAnswer, 'partition' | 'count'>[],
  most: number,
  random: () => number,
): ReadonlyMap<string, number> {
  const total = partitions.reduce((sum, { count }) => sum + count, 0);
  const taken = new Map<string, number>();
  for (let turn = 0; turn < Math.min(most, total); turn += 1) {
    let place = random() * total;
    const found = partitions.find(({ count }) => {
      place -= count;
      return place < 0;
    });
    if (found !== undefined) taken.set(found.partition, (taken.get(found.partition) ?? 0) + 1);
  }
  return taken;
}

export interface SampleWork {
  readonly client: ApiClient;
  readonly io: Pick<CliIo, 'sleep' | 'random' | 'monotonicMs'>;
  /** By the clock of `io`. */
  readonly deadlineMs: number;
  /** Hears of each record. */
  readonly compared: () => void;
}

/** Compares some records of a stream with its source, for a call each. */
export async function compareSample(
  work: SampleWork,
  one: NamedStream,
  partitions: readonly PartitionAnswer[],
  most: number,
): Promise<readonly Judged[]> {
  const { client, io, compared } = work;
  const { connection, stream } = one;
  const places: { readonly partition: string; readonly record: string }[] = [];
  for (const [partition, limit] of spread(partitions, most, () => io.random())) {
    const path = `${pathOf('/v1/sample', [connection, stream, partition])}?limit=${Math.min(limit, MOST_OF_ONE)}`;
    const { value } = await client.get(path, sampleAnswer);
    places.push(...value.records.map((record) => ({ partition, record })));
  }
  // One after the other: sources take few calls at a time, and some of them belong to the sync.
  const judged: Judged[] = [];
  for (const place of places) {
    judged.push(await judgeOne(work, one, place));
    compared();
  }
  return lookAgain(work, one, judged);
}

const MOST_OF_ONE = 100;

type Place = Pick<Judged, 'partition' | 'record'>;

/** What differs is looked at once more: it may have been changed in between. */
async function lookAgain(work: SampleWork, one: NamedStream, first: readonly Judged[]): Promise<readonly Judged[]> {
  if (first.every(({ judgement }) => judgement !== 'different')) return first;
  await work.io.sleep(SECOND_LOOK_MS);
  const last: Judged[] = [];
  for (const judged of first) last.push(judged.judgement === 'different' ? await judgeOne(work, one, judged) : judged);
  return last;
}

async function judgeOne(
  { client, io, deadlineMs }: SampleWork,
  { connection, stream, status }: NamedStream,
  { partition, record }: Place,
): Promise<Judged> {
  const isByHand = status.enabled && !status.paused && !status.running;
  const query = new URLSearchParams({ partition, ...(isByHand ? {} : { source: 'true' }) });
  const path = `${pathOf('/v1/explain', [connection, stream, record])}?${query.toString()}`;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const { value } = await client.get(path, verdictAnswer);
    const isLimited = value.source?.reason === 'source-rate-limited';
    if (!isLimited || io.monotonicMs() + pauseMs > deadlineMs) {
      const judgement = judge(value);
      const why = judgement === 'not-compared' ? (value.source?.reason ?? 'the source did not answer') : value.why;
      return { partition, record, judgement, why };
    }
    await io.sleep(pauseMs);
  }
}
