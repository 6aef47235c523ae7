import { HINTS_PER_DELIVERY, type HintedRecord } from '../domain/hints.ts';
import { isRecordId, PARTITION_ID, partitionKey, WHOLE_STREAM } from '../domain/names.ts';
import type { DeliveryMarks } from '../ports/delivery-marks.ts';
import type { HintInbox } from '../ports/hint-inbox.ts';
import type { RecordHint } from '../ports/source.ts';
import type { TaskQueue } from '../ports/task-queue.ts';
import type { Telemetry } from '../ports/telemetry.ts';

export interface AcceptPorts {
  readonly marks: DeliveryMarks;
  readonly hints: HintInbox;
  readonly queue: TaskQueue;
  readonly telemetry: Telemetry;
}

/** A webhook's delivery that is known to come from the vendor. */
export interface GenuineDelivery {
  readonly connection: string;
  /** Names it among all of the connection's. */
  readonly delivery: string;
  readonly hints: readonly RecordHint[];
}

/**
 * Remembers the records that a delivery tells of, and has a worker ask the source for them. A repetition changes nothing.
 * @returns `queue-unavailable`: nothing will come of it, and the same delivery may be sent again
 * @throws StoreFailure likewise
 */
export async function acceptHints(
  ports: AcceptPorts,
  { connection, delivery, hints }: GenuineDelivery,
): Promise<'accepted' | 'repeated' | 'queue-unavailable'> {
  if (!(await ports.marks.claim(connection, delivery))) return 'repeated';
  let accepted = false;
  try {
    accepted = await handOver(ports, connection, hints);
  } finally {
    // Whoever dies before this has lost a hint: the next delta finds what it told of.
    if (!accepted) await ports.marks.release(connection, delivery);
  }
  return accepted ? 'accepted' : 'queue-unavailable';
}

/** @returns whether all messages were sent */
async function handOver(ports: AcceptPorts, connection: string, hints: readonly RecordHint[]): Promise<boolean> {
  for (const [stream, records] of byStream(hints)) {
    const key = { connection, stream };
    if (!(await ports.hints.add(key, records))) {
      drop(ports, key, records.length);
      continue;
    }
    const task = { ...partitionKey(key, WHOLE_STREAM), task: 'hint' } as const;
    const unsent = await ports.queue.send([{ task, lane: 'priority' }]);
    if (unsent.length > 0) return false;
  }
  return true;
}

/** Too many wait already: the next delta finds what these tell of. */
function drop(
  { telemetry }: AcceptPorts,
  key: { readonly connection: string; readonly stream: string },
  hints: number,
) {
  telemetry.metric('HintsDropped', hints, key);
  telemetry.log('warn', 'hints left to the next delta: too many wait', { ...key, hints });
}

/** What can be an id, by stream. A delivery that names more records than are looked at is cut. */
function byStream(hints: readonly RecordHint[]): ReadonlyMap<string, readonly HintedRecord[]> {
  const streams = new Map<string, HintedRecord[]>();
  for (const { stream, ids, partition } of hints) {
    const place = partition !== undefined && PARTITION_ID.test(partition) ? { partition } : {};
    const records = ids.filter(isRecordId).map((id) => ({ id, ...place }));
    const known = streams.get(stream) ?? [];
    streams.set(stream, [...known, ...records].slice(0, HINTS_PER_DELIVERY));
  }
  return new Map([...streams].filter(([, records]) => records.length > 0));
}
