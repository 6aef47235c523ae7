import { HINT_GAP_MS, HINT_TRIES, type HintedRecord } from '../domain/hints.ts';
import { msBetween } from '../domain/instant.ts';
import type { StreamKey } from '../domain/names.ts';
import type { HintTask } from '../domain/task.ts';
import { SourceFailure } from '../ports/source.ts';
import { applyHinted } from './apply-hinted.ts';
import { type HintedWork, readHinted } from './read-hinted.ts';
import type { StreamContext } from './sync-context.ts';

export type HintsFollowed =
  | { readonly outcome: 'done' }
  /** Others wait, or were put back: the task is to be sent again. */
  | { readonly outcome: 'again'; readonly task: HintTask; readonly delayMs: number };

const DONE: HintsFollowed = { outcome: 'done' };

/** Whoever holds a partition usually gives it back long before this. */
const BUSY_DELAY_MS = 10_000;

/**
 * Asks the source for records that webhooks told of, and writes what it says. All that waits for the stream is asked for
 * together, and only every few seconds, so that a flood costs little; what is too much is left to the next delta.
 * @throws whatever hinders it for now: the records wait again
 */
export async function followHints(context: StreamContext, task: HintTask): Promise<HintsFollowed> {
  const stream = { connection: task.connection, stream: task.stream };
  if (!(await isFollowed(context, stream))) return DONE;
  const taken = await context.hints.take(stream, task.due);
  if (taken.outcome === 'empty') return DONE;
  if (taken.outcome === 'early') {
    const delayMs = Math.max(0, msBetween(taken.until, context.clock.now()));
    return taken.mine ? { outcome: 'again', task: { ...task, due: taken.until }, delayMs } : DONE;
  }
  const left = await follow(context, stream, taken.records);
  const { tries = 0 } = task;
  if (left.length > 0 && tries < HINT_TRIES) {
    await context.hints.add(stream, left);
    return { outcome: 'again', task: { ...task, tries: tries + 1 }, delayMs: BUSY_DELAY_MS };
  }
  drop(context, stream, left, 'busy');
  return taken.more ? { outcome: 'again', task: { ...task, tries: 0 }, delayMs: HINT_GAP_MS } : DONE;
}

/** A paused stream is not synced, and one that was never read is about to be read as a whole. */
async function isFollowed({ streams, stream: { coverage } }: StreamContext, stream: StreamKey): Promise<boolean> {
  const state = await streams.read(stream);
  if (state?.paused) return false;
  return coverage === 'partition' || state?.watermark !== undefined;
}

/** @returns the records whose partitions could not be had */
async function follow(
  context: StreamContext,
  stream: StreamKey,
  records: readonly HintedRecord[],
): Promise<readonly HintedRecord[]> {
  const open = new Map(records.map((record) => [record.id, record]));
  const left: HintedRecord[] = [];
  try {
    for (const work of await readHinted(context, stream, records)) {
      const outcome = await applyHinted(context, stream, work);
      for (const id of idsOf(work)) {
        const record = open.get(id);
        if (outcome === 'later' && record !== undefined) left.push(record);
        open.delete(id);
      }
    }
    return left;
  } catch (error) {
    const unfollowed = [...left, ...open.values()];
    if (!isFinal(error)) {
      await context.hints.add(stream, unfollowed);
      throw error;
    }
    drop(context, stream, unfollowed, error.code);
    return [];
  }
}

/** What lasts longer than the next delta takes to come, or is told of by it: nobody need be told by a hint. */
function isFinal(error: unknown): error is SourceFailure {
  if (!(error instanceof SourceFailure)) return false;
  return !error.retryable || error.code === 'source-quota-spent' || error.code === 'source-down';
}

function drop({ telemetry }: StreamContext, stream: StreamKey, { length }: readonly HintedRecord[], reason: string) {
  if (length === 0) return;
  telemetry.metric('HintsDropped', length, stream);
  telemetry.log('warn', 'hints left to the next delta', { ...stream, hints: length, reason });
}

function idsOf({ records, removed, suspects }: HintedWork): readonly string[] {
  return [...[...records, ...removed].map(({ id }) => id), ...suspects.map(({ record }) => record)];
}
