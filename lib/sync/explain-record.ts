import { planStateAt } from '../domain/deletion-plan.ts';
import type { PartitionFacts, RecordFacts, SourceFacts, Verdict } from '../domain/explanation.ts';
import type { Instant } from '../domain/instant.ts';
import { partitionKey } from '../domain/names.ts';
import { isPending } from '../domain/partition.ts';
import { stampOf } from '../domain/record.ts';
import type { StreamState } from '../domain/stream.ts';
import { verdictOf } from '../domain/verdict.ts';
import { lowerBound } from '../domain/window.ts';
import type { Quarantined } from '../ports/quarantine-store.ts';
import { SourceFailure } from '../ports/source.ts';
import {
  describePartition,
  type PartitionStatus,
  readStream,
  type StatusPorts,
  type StreamTarget,
  streamKeyOf,
} from './describe-partition.ts';
import { type FindPorts, type FoundRecord, findRecord } from './find-record.ts';
import { rememberLimit } from './read-page.ts';
import { keepsBodies, type SyncPorts } from './sync-context.ts';

export type ExplainPorts = StatusPorts & FindPorts & Pick<SyncPorts, 'telemetry'>;

export interface Explanation {
  readonly verdict: Verdict;
  readonly found: FoundRecord;
  readonly quarantined?: Quarantined;
  readonly partition?: PartitionStatus;
  readonly stream: StreamState;
  readonly source?: SourceFacts;
}

export interface ExplainOptions {
  /** Where to look, for streams without locators. */
  readonly partition?: string;
  /** Ask the source for the record too, for one call of the budget. */
  readonly source: boolean;
}

/**
 * Everything the system knows of one record, and what follows from it. Only reads; never tells a value of the record.
 * @throws CacheFailure
 */
export async function explainRecord(
  ports: ExplainPorts,
  target: StreamTarget,
  record: string,
  options: ExplainOptions,
): Promise<Explanation> {
  const [source, quarantined, stream] = await Promise.all([
    options.source ? askSource(ports, target, record, options.partition) : undefined,
    ports.quarantine.find(streamKeyOf(target), record),
    readStream(ports, target),
  ]);
  const found = await findRecord(ports, target, record, {
    ...(options.partition === undefined ? {} : { partition: options.partition }),
    ...(source?.outcome === 'found' ? { hint: source.partition } : {}),
  });
  const partition = found.partition === undefined ? undefined : await describePartition(ports, target, found.partition);
  const keeps = keepsBodies(target.stream);
  const known = factsOf(found);
  const facts: RecordFacts = {
    ...known,
    // Who may edit it has edited it.
    ...(keeps && known.body === 'altered' ? { body: 'intact' } : {}),
    ...(keeps ? { keeps } : {}),
    stream: streamFacts(target, stream),
    ...(partition === undefined ? {} : { partition: await partitionFacts(ports, target, partition, record) }),
    ...(quarantined === undefined ? {} : { quarantined }),
    ...(source === undefined ? {} : { source }),
  };
  return {
    verdict: verdictOf(facts),
    found,
    stream,
    ...(quarantined === undefined ? {} : { quarantined }),
    ...(partition === undefined ? {} : { partition }),
    ...(source === undefined ? {} : { source }),
  };
}

/** Of a source that finds a record only by reading: somebody waits for the answer. */
const PAGES_ASKED = 10;

/** One call as a rule, ahead of scheduled work: a person is waiting. */
async function askSource(
  ports: ExplainPorts,
  target: StreamTarget,
  record: string,
  partition: string | undefined,
): Promise<SourceFacts> {
  try {
    const source = target.connection.source('force');
    const query = { stream: target.stream.name, ids: [record], ...(partition === undefined ? {} : { partition }) };
    let page = await source.read(query);
    for (let pages = 1; page.next !== undefined && page.records.length + page.rejected.length === 0; pages += 1) {
      if (pages === PAGES_ASKED) return { outcome: 'failed', code: 'too-many-pages' };
      page = await source.read(query, page.next);
    }
    const found = page.records.find(({ id }) => id === record);
    if (found !== undefined) {
      const { partition, modified } = found;
      return { outcome: 'found', partition, modified, stamp: stampOf(found, page.order, page.servedAt) };
    }
    const rejected = page.rejected.find(({ id }) => id === record);
    return rejected === undefined ? { outcome: 'absent' } : { outcome: 'rejected', reason: rejected.reason };
  } catch (error) {
    if (!(error instanceof SourceFailure)) throw error;
    await rememberLimit({ ...ports, connection: target.connection }, error);
    return { outcome: 'failed', code: error.code };
  }
}

function factsOf({
  entry,
  locator,
  forgotten,
}: FoundRecord): Pick<RecordFacts, 'stored' | 'body' | 'locator' | 'forgotten'> {
  const at = entry?.locator ?? locator;
  return {
    body: entry?.body ?? 'absent',
    ...(entry?.stored === undefined ? {} : { stored: entry.stored }),
    ...(at === undefined ? {} : { locator: at }),
    ...(forgotten === undefined ? {} : { forgotten }),
  };
}

/** A stream that is read partition by partition has no first load of its own. */
function streamFacts({ stream }: StreamTarget, state: StreamState): RecordFacts['stream'] {
  return { loaded: state.loaded || stream.coverage === 'partition', ...horizonOf(state.watermark, stream.rules) };
}

async function partitionFacts(
  ports: ExplainPorts,
  target: StreamTarget,
  { state, watermark }: PartitionStatus,
  record: string,
): Promise<PartitionFacts> {
  const plan = await ports.plans.heldFor(partitionKey(streamKeyOf(target), state.id), 'absent');
  const isHeld = plan !== undefined && planStateAt(plan, ports.clock.now()) === 'held';
  return {
    id: state.id,
    loaded: state.loaded,
    pending: isPending(state.pending),
    leaving: Object.hasOwn(state.pending.moved, record),
    ...horizonOf(watermark, target.stream.rules),
    ...(isHeld ? { heldPlan: { plan: plan.plan, namesRecord: plan.sample.includes(record) } } : {}),
  };
}

/** Sources show changes late: what is younger than the overlap may not have been seen yet. */
function horizonOf(
  watermark: Instant | undefined,
  rules: StreamTarget['stream']['rules'],
): { readonly horizon?: Instant } {
  return watermark === undefined ? {} : { horizon: lowerBound(watermark, rules) };
}
