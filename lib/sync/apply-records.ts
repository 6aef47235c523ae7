import { isMassRemoval } from '../domain/deletion-brake.ts';
import type { Instant } from '../domain/instant.ts';
import type { Ledger } from '../domain/ledger.ts';
import { isRecordId, partitionKey } from '../domain/names.ts';
import type { PartitionState } from '../domain/partition.ts';
import type { SourceRecord } from '../domain/record.ts';
import type { ApplyReply, ApplyRequest, Moved, PartitionMeta } from '../ports/cache-apply.ts';
import type { Held } from '../ports/partition-store.ts';
import { quarantine, type Refused } from './quarantine-records.ts';
import { withRetries } from './retry.ts';
import { keepsBodies, layoutOf, type StreamContext } from './sync-context.ts';

export interface ApplyWork {
  readonly records: readonly SourceRecord[];
  /** Call number they were read under. */
  readonly order: number;
  /** Source clock when the first page of the read was served. */
  readonly asOf?: Instant | undefined;
  readonly path: ApplyRequest['path'];
  readonly create?: boolean;
  readonly verify?: boolean;
  readonly scan?: string;
  readonly removals?: Readonly<Record<string, string>>;
  readonly forgotten?: Readonly<Record<string, string>>;
  readonly left?: NonNullable<ApplyRequest['left']>;
  readonly included?: readonly string[];
  readonly meta: Omit<PartitionMeta, 'lastSync'>;
}

export type Applied =
  | { readonly outcome: 'applied'; readonly ledger: Partial<Ledger>; readonly count: number }
  | { readonly outcome: 'fenced' | 'lost'; readonly ledger: Partial<Ledger> };

/**
 * Writes records into the held partition's cache entries. A record that was in another partition before leaves it:
 * that partition durably remembers so before this returns, which is why a crash in between loses nothing (applying the
 * record again reports the move again).
 * @throws CacheFailure when the cache does not acknowledge
 */
export async function applyRecords(context: StreamContext, held: Held, work: ApplyWork): Promise<Applied> {
  const { clock, cache } = context;
  const records = work.records.filter(({ id }) => isRecordId(id));
  const reply = await withRetries(
    context,
    context.stream.rules.attempts,
    (failure) => failure.code === 'cache-unavailable',
    () =>
      cache.apply({
        key: held.key,
        layout: layoutOf(context.stream, held.state),
        ...otherLayout(held.state),
        fence: held.fence,
        create: work.create === true || !held.state.cached,
        verify: work.verify === true,
        ...(keepsBodies(context.stream) ? { keep: true } : {}),
        path: work.path,
        records,
        order: work.order,
        ...(work.asOf === undefined ? {} : { asOf: work.asOf }),
        ...(work.scan === undefined ? {} : { scan: work.scan }),
        ...(work.removals === undefined ? {} : { removals: work.removals }),
        ...(isEmpty(work.forgotten) ? {} : { forgotten: work.forgotten }),
        ...(isEmpty(work.left) ? {} : { left: work.left }),
        ...(work.included === undefined || work.included.length === 0 ? {} : { included: work.included }),
        meta: { ...work.meta, lastSync: clock.now() },
      }),
  );
  context.telemetry.metric('CacheCommands', reply.commands, { connection: held.key.connection });
  if (reply.outcome !== 'applied') return { outcome: reply.outcome, ledger: { cacheCommands: reply.commands } };
  await rememberMoves(context, held, reply.movedFrom);
  if (!isEmpty(work.left)) tellIfMany(context, held, work.records.length, reply);
  const refused = await quarantineRefused(context, work.records, reply);
  return { outcome: 'applied', ledger: ledgerOf(reply, work.records.length, refused), count: reply.count };
}

/** Until a copy is complete every write goes to both; from then on whoever writes first leaves the old one behind. */
function otherLayout({ full }: PartitionState): Pick<ApplyRequest, 'beside'> {
  if (full?.layout === undefined) return {};
  if (full.phase === 'copy') return { beside: { version: full.layout, becomes: 'written' } };
  return full.phase === 'switch' ? { beside: { version: full.layout, becomes: 'dropped' } } : {};
}

function isEmpty(entries: ApplyWork['forgotten'] | ApplyWork['left']): boolean {
  return entries === undefined || Object.keys(entries).length === 0;
}

/** What the source says is not held back; when it is very much at once, people are told. */
function tellIfMany(
  { telemetry }: StreamContext,
  { key }: Held,
  shown: number,
  { removed, count }: AppliedReply,
): void {
  if (!isMassRemoval(removed, shown, count + removed)) return;
  telemetry.metric('MassRemovals', removed, { connection: key.connection, stream: key.stream });
  telemetry.log('error', 'the source says that very much has left', { ...key, removed, left: count });
}

type AppliedReply = Extract<ApplyReply, { readonly outcome: 'applied' }>;

function ledgerOf(reply: AppliedReply, seen: number, quarantined: number): Partial<Ledger> {
  return {
    seen,
    added: reply.added,
    updated: reply.updated,
    unchanged: reply.unchanged,
    superseded: reply.superseded,
    quarantined,
    removed: reply.removed,
    cacheCommands: reply.commands,
  };
}

async function rememberMoves(context: StreamContext, held: Held, moves: readonly Moved[]): Promise<void> {
  const byPartition = new Map<string, Record<string, string>>();
  for (const { record, from, stamp } of moves) {
    byPartition.set(from, { ...byPartition.get(from), [record]: stamp });
  }
  for (const [from, moved] of byPartition) {
    const key = partitionKey(held.key, from);
    await context.partitions.markMoved(key, moved);
    await context.queue.send([{ task: { ...key, task: 'window', reason: 'pending' }, lane: 'scheduled' }]);
  }
}

/** Records no cache entry can hold: their id is not fit for a key, or no request can carry them. */
async function quarantineRefused(
  context: StreamContext,
  records: readonly SourceRecord[],
  reply: AppliedReply,
): Promise<number> {
  const tooLarge = new Set(reply.tooLarge);
  const refused = records.flatMap((record): readonly Refused[] => {
    if (!isRecordId(record.id)) return [{ record, reason: 'bad-id' }];
    return tooLarge.has(record.id) ? [{ record, reason: 'too-large' }] : [];
  });
  if (refused.length > 0) await quarantine(context, refused);
  return refused.length;
}
