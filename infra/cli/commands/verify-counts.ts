import { type PartitionAnswer, partitionAnswer } from '../answers.ts';
import { type ApiClient, pathOf } from '../client.ts';
import type { CliIo } from '../io.ts';
import { fewAtOnce, type NamedStream } from './scope.ts';

/** What was written may be on its way when it is counted: what differs is looked at once more after this. */
export const SECOND_LOOK_MS = 2_000;

/** Records of a stream as they were committed, and as the cache holds them. */
export interface Counts {
  readonly partitions: number;
  readonly committed: number;
  readonly cached: number;
  /** Partitions whose two counts are not the same, though nobody is at work there. */
  readonly differing: readonly Difference[];
  /** Partitions that were never read as a whole: what is missing there was never committed either. */
  readonly unread: number;
  /** Partitions that are being worked on, so that their counts say nothing. */
  readonly underWay: number;
  /** Partitions that nobody could count. */
  readonly uncounted: readonly { readonly partition: string; readonly why: string }[];
}

export interface Difference {
  readonly partition: string;
  readonly committed: number;
  readonly cached: number;
  readonly missing: number;
  readonly extra: number;
}

/** Counts every partition in the cache itself, and what differs once more. `counted` hears of each. */
export async function countPartitions(
  client: ApiClient,
  { connection, stream }: NamedStream,
  partitions: readonly PartitionAnswer[],
  io: Pick<CliIo, 'sleep'>,
  counted: () => void,
): Promise<Counts> {
  const look = async ({ partition }: { readonly partition: string }): Promise<PartitionAnswer> => {
    const { value } = await client.get(pathOf('/v1/status', [connection, stream, partition]), partitionAnswer);
    return value;
  };
  const first = await fewAtOnce(partitions, async (partition) => {
    const found = await look(partition);
    counted();
    return found;
  });
  const suspects = first.filter(isDifferent);
  if (suspects.length === 0) return sumOf(first);
  await io.sleep(SECOND_LOOK_MS);
  const again = await fewAtOnce(suspects, look);
  return sumOf([...first.filter((one) => !isDifferent(one)), ...again]);
}

function isDifferent({ cached, count }: PartitionAnswer): boolean {
  return cached !== null && cached !== count;
}

function isAtWork({ lease, full, pending }: PartitionAnswer): boolean {
  return lease !== null || full !== null || pending.rebuild;
}

function sumOf(partitions: readonly PartitionAnswer[]): Counts {
  const known = partitions.flatMap((one) => (one.cached === null ? [] : [{ ...one, cached: one.cached }]));
  const different = known.filter(isDifferent);
  return {
    partitions: partitions.length,
    committed: partitions.reduce((sum, { count }) => sum + count, 0),
    cached: known.reduce((sum, { cached }) => sum + cached, 0),
    differing: different
      .filter((one) => !isAtWork(one))
      .map(({ partition, count, cached, missing, extra }) => {
        return { partition, committed: count, cached, missing: missing ?? 0, extra: extra ?? 0 };
      }),
    unread: partitions.filter(({ state }) => state === 'loading').length,
    underWay: different.filter(isAtWork).length,
    uncounted: partitions
      .filter(({ cached }) => cached === null)
      .map(({ partition, cacheError }) => ({ partition, why: cacheError ?? 'counting is turned off' })),
  };
}
