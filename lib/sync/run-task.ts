import { earlierOf, type Instant, msBetween, plusMs } from '../domain/instant.ts';
import { auditItem, type PartitionKey, partitionKey, WHOLE_STREAM } from '../domain/names.ts';
import { decideStep } from '../domain/partition-step.ts';
import type { Priority } from '../domain/priority.ts';
import {
  type DropTask,
  type HintTask,
  type ImportTask,
  type Lane,
  laneOf,
  type PlanTask,
  type Task,
} from '../domain/task.ts';
import type { Held } from '../ports/partition-store.ts';
import { SourceFailure } from '../ports/source.ts';
import type { OpenConnection, Sources } from '../ports/sources.ts';
import { applyInline } from './apply-inline.ts';
import { auditStream } from './audit-stream.ts';
import { dropPartitions } from './drop-partitions.ts';
import { endCancelled } from './end-cancelled.ts';
import type { StepEnd } from './end-run.ts';
import { followHints } from './follow-hints.ts';
import { planConnection } from './plan-connection.ts';
import { isEnabled } from './planned-streams.ts';
import { readFull } from './read-full.ts';
import { release } from './release.ts';
import { createPartition, readDue, settlePending } from './settle-pending.ts';
import { hasTimeLeft, type Slice, type StreamContext, type SyncPorts } from './sync-context.ts';
import { walkStream } from './walk-stream.ts';
import { withLease } from './with-lease.ts';

/** `done`: the message is dealt with. `failed`: it goes back to its queue for a while, and after five times aside. */
export type Verdict = { readonly verdict: 'done' } | { readonly verdict: 'failed'; readonly code: string };

/** A task that asks the source about one stream. */
type StreamTask = Exclude<Task, PlanTask | DropTask | ImportTask>;

/** One that is carried out under the lease of one item. */
type PartitionTask = Exclude<StreamTask, HintTask>;

const DONE: Verdict = { verdict: 'done' };

/** SQS delays a message by at most this; what must wait longer is planned again from the item. */
const MAX_DELAY_MS = 900_000;

/** Whoever holds a lease usually gives it back long before it expires. */
const BUSY_DELAY_MS = { least: 5_000, most: 15_000 };

const JITTER_MS = 5_000;
const SHARED_JITTER_MS = 60_000;

/**
 * Carries out one task, step by step, as long as the slice lasts; the rest goes on in another message. Nothing is
 * awaited for long here: a busy partition or a spent budget sends the message away with a delay.
 * @throws whatever made a step fail for a reason other than limits and a source that is down
 */
export async function runTask(
  ports: SyncPorts,
  sources: Sources,
  task: Task,
  slice: Slice,
  lane: Lane,
): Promise<Verdict> {
  if (task.task === 'plan') return planNow(ports, sources, task, slice);
  if (task.task === 'drop') return dropNow(ports, task, slice);
  // Imports have a lane and a function of their own, which has the files.
  if (task.task === 'import') return { verdict: 'failed', code: 'wrong-lane' };
  const context = await openContext(ports, sources, task, slice, lane);
  if (context === undefined) {
    ports.telemetry.log('warn', 'task dropped: its connection or stream is not there', {
      ...keyOf(task),
      task: task.task,
    });
    return DONE;
  }
  const own = laneOf(task, context.stream, lane);
  if (own !== lane) return resend(context, task, own, 0);
  try {
    return task.task === 'hint' ? await hintNow(context, task, lane) : await runSteps(context, task, lane);
  } catch (error) {
    if (error instanceof SourceFailure && error.retryAt !== undefined && holdsBackAll(error)) {
      return postpone(context, task, lane, error.retryAt, spreadMs(task, lane));
    }
    throw error;
  }
}

/** The planner's own cycle for one connection, between its scheduled ones. */
async function planNow(ports: SyncPorts, sources: Sources, task: PlanTask, slice: Slice): Promise<Verdict> {
  const { open } = await sources.list();
  const connection = open.find(
    (candidate) => candidate.connection.id === task.connection && candidate.connection.enabled,
  );
  if (connection !== undefined) await planConnection(ports, connection, slice, 'asked');
  return DONE;
}

/** What is to leave may belong to a connection that is no longer there. */
async function dropNow(ports: SyncPorts, task: DropTask, slice: Slice): Promise<Verdict> {
  if ((await dropPartitions(ports, task, slice)) === 'done') return DONE;
  const unsent = await ports.queue.send([{ task, lane: 'scheduled', delayMs: BUSY_DELAY_MS.most }]);
  return unsent.length === 0 ? DONE : { verdict: 'failed', code: 'queue-unavailable' };
}

async function hintNow(context: StreamContext, task: HintTask, lane: Lane): Promise<Verdict> {
  const followed = await followHints(context, task);
  return followed.outcome === 'done' ? DONE : resend(context, followed.task, lane, followed.delayMs);
}

async function runSteps(context: StreamContext, task: PartitionTask, lane: Lane): Promise<Verdict> {
  let next: PartitionTask = task;
  for (;;) {
    const current = next;
    const leased = await withLease(context, keyOf(current), (held) => step(context, held, current));
    if (leased.outcome === 'busy') return yieldTo(context, current, lane, leased.until);
    if (leased.value === 'done') return DONE;
    next = continuation(current);
    if (!hasTimeLeft(context.slice)) return resend(context, next, lane, 0);
  }
}

function step(context: StreamContext, held: Held, task: PartitionTask): Promise<StepEnd> {
  if (held.state.cancel !== undefined) return endCancelled(context, held, held.state.cancel);
  if (task.task === 'walk') return walkStream(context, held);
  if (task.task === 'audit') return auditStream(context, held);
  switch (decideStep(task, held.state)) {
    case 'inline':
      return task.task === 'apply' ? applyInline(context, held, task) : settlePending(context, held);
    case 'settle':
      return settlePending(context, held);
    case 'full':
      return readFull(context, held);
    case 'due':
      return readDue(context, held);
    case 'create':
      return createPartition(context, held);
    case 'nothing':
      return release(context, held);
  }
}

/** What is left after the first step is whatever the item says, not what the message said. */
function continuation(task: PartitionTask): PartitionTask {
  if (task.task === 'walk' || task.task === 'full' || task.task === 'audit') return task;
  return { ...partitionKey(task, task.partition), task: 'window', reason: 'pending' };
}

async function openContext(
  ports: SyncPorts,
  sources: Sources,
  task: StreamTask,
  slice: Slice,
  lane: Lane,
): Promise<StreamContext | undefined> {
  const { open } = await sources.list();
  const connection = open.find(({ connection: { id } }) => id === task.connection);
  const stream = connection?.streams.find(({ name }) => name === task.stream);
  if (connection === undefined || stream === undefined || !isEnabled(connection, stream)) return undefined;
  return { ...ports, connection, stream, source: openSource(connection, task, lane), slice };
}

function openSource(connection: OpenConnection, task: StreamTask, lane: Lane) {
  const priorities: Readonly<Record<StreamTask['task'], Priority>> = {
    hint: 'webhook',
    apply: 'scheduled',
    window: 'scheduled',
    // Nobody waits for one that a schedule asks for.
    full: lane === 'scheduled' ? 'full' : 'force',
    walk: 'full',
    audit: 'audit',
  };
  return connection.source(priorities[task.task]);
}

/** What the whole connection waits for: a limit, or that its source answers again. */
function holdsBackAll({ code }: SourceFailure): boolean {
  return code === 'source-rate-limited' || code === 'source-quota-spent' || code === 'source-down';
}

/** Whatever holds back one task holds back hundreds, which must not all return in one second. A walk is one task. */
function spreadMs(task: StreamTask, lane: Lane): number {
  return task.task === 'walk' || lane === 'priority' ? JITTER_MS : SHARED_JITTER_MS;
}

/**
 * Somebody else holds the lease. What the item remembers (a force, a full under way, pending work) that holder goes on
 * with, or the planner finds it; only what the message alone knows is sent again.
 */
async function yieldTo(context: StreamContext, task: PartitionTask, lane: Lane, until: Instant): Promise<Verdict> {
  const remembered =
    task.task === 'walk' ||
    task.task === 'full' ||
    task.task === 'audit' ||
    (task.task === 'apply' && task.inline === undefined) ||
    (task.task === 'window' && (task.reason === 'pending' || lane !== 'priority'));
  if (remembered) return DONE;
  return postpone(context, task, lane, earlierOf(until, plusMs(context.clock.now(), BUSY_DELAY_MS.most)), JITTER_MS);
}

/** Sends the task again for later. What must wait longer than a queue can hold it is planned again from the item. */
async function postpone(
  context: StreamContext,
  task: StreamTask,
  lane: Lane,
  until: Instant,
  jitterMs: number,
): Promise<Verdict> {
  const waitMs = Math.max(msBetween(until, context.clock.now()), BUSY_DELAY_MS.least);
  context.telemetry.log('info', 'task postponed', { ...keyOf(task), task: task.task, waitMs });
  if (waitMs > MAX_DELAY_MS) return DONE;
  // Near the longest delay the spread begins before the wait ends: who comes too early is postponed again.
  const leastMs = Math.min(waitMs, MAX_DELAY_MS - jitterMs);
  return resend(context, task, lane, leastMs + Math.floor(context.randomness.fraction() * jitterMs));
}

async function resend(context: StreamContext, task: StreamTask, lane: Lane, delayMs: number): Promise<Verdict> {
  const unsent = await context.queue.send([{ task, lane, ...(delayMs > 0 ? { delayMs } : {}) }]);
  return unsent.length === 0 ? DONE : { verdict: 'failed', code: 'queue-unavailable' };
}

function keyOf(task: StreamTask): PartitionKey {
  if (task.task === 'audit') return partitionKey(task, auditItem(task.partition));
  return partitionKey(task, task.task === 'walk' ? WHOLE_STREAM : task.partition);
}
