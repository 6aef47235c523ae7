import {
  type PartitionAnswer,
  type ProgressAnswer,
  partitionAnswer,
  runAnswer,
  type StreamDetailAnswer,
  type SyncAnswer,
  streamDetailAnswer,
} from '../answers.ts';
import { type ApiClient, pathOf } from '../client.ts';
import { CliError, type CliIo, EXIT } from '../io.ts';
import { Progress } from '../progress.ts';
import { cell, paint } from '../render.ts';
import { runText } from './runs.ts';
import type { Report } from './status.ts';

const FIRST_POLL_MS = 1_000;
const SLOWEST_POLL_MS = 10_000;
/** Answers in a row that may fail before staying is given up: hours of waiting survive a moment without a network. */
const FAILURES_BORNE = 4;

type Request = SyncAnswer['requests'][number];

export type Ended = { readonly outcome: 'ended'; readonly succeeded: boolean } & Report;

export type Polled =
  | Ended
  /** `progress`: how much of all is done, where anybody knows. */
  | { readonly outcome: 'waiting'; readonly note: string; readonly progress?: ProgressAnswer };

export type Poll = () => Promise<Polled>;

/** Polls until everything that was asked has ended, or the time is over; the work itself goes on either way. */
export async function waitFor(
  polls: readonly Poll[],
  seconds: number,
  io: CliIo,
): Promise<Report & { readonly succeeded: boolean }> {
  const deadline = io.monotonicMs() + seconds * 1_000;
  const progress = new Progress(io);
  const ended: Ended[] = [];
  try {
    for (const poll of polls) {
      const show = (waiting: Exclude<Polled, Ended>): void =>
        progress.show(standing(waiting, ended.length, polls.length));
      const end = await untilEnded(bearing(poll), show, deadline, io);
      if (end === undefined) return outOfTime(ended, seconds, io);
      ended.push(end);
    }
  } finally {
    progress.end();
  }
  return {
    raw: ended.length === 1 ? ended[0]?.raw : ended.map(({ raw }) => raw),
    text: ended.map(({ text }) => text).join('\n\n'),
    succeeded: ended.every(({ succeeded }) => succeeded),
  };
}

/** @returns `undefined` when the time is over first */
async function untilEnded(
  poll: Poll,
  show: (waiting: Exclude<Polled, Ended>) => void,
  deadline: number,
  io: CliIo,
): Promise<Ended | undefined> {
  for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(pollMs * 2, SLOWEST_POLL_MS)) {
    const polled = await poll();
    if (polled.outcome === 'ended') return polled;
    show(polled);
    if (io.monotonicMs() + pollMs > deadline) return undefined;
    await io.sleep(pollMs);
  }
}

function bearing(poll: Poll): Poll {
  let failures = 0;
  return async () => {
    try {
      const polled = await poll();
      failures = 0;
      return polled;
    } catch (error) {
      failures += 1;
      if (!(error instanceof CliError) || error.exitCode === EXIT.usage || failures > FAILURES_BORNE) throw error;
      return { outcome: 'waiting', note: `${error.message} It is asked again.` };
    }
  };
}

/** How far all of it has come, by the share of the one that is waited for. */
function standing({ note, progress }: Exclude<Polled, Ended>, ended: number, all: number) {
  const known = progress === undefined || progress === null ? undefined : progress;
  if (all === 1 && known === undefined) return { note };
  const share = known === undefined || known.total === 0 ? 0 : Math.min(known.processed / known.total, 1);
  const remainingSeconds = all === 1 ? known?.remainingSeconds : undefined;
  return {
    note: all === 1 ? note : `${ended} of ${all} ended; ${note}`,
    share: (ended + share) / all,
    ...(typeof remainingSeconds === 'number' ? { remainingSeconds } : {}),
  };
}

function outOfTime(ended: readonly Ended[], seconds: number, io: CliIo) {
  const late = paint(cell(`Not ended after ${seconds} s. It goes on; "status" and "runs" show how.`, 'warn'), io);
  return {
    raw: ended.map(({ raw }) => raw),
    text: [...ended.map(({ text }) => text), late].join('\n\n'),
    succeeded: false,
  };
}

/** How what "sync" asked for stands: by its run, or by the next cycle where there is none yet. */
export function pollRequest(client: ApiClient, request: Request, at: string, io: CliIo): Promise<Polled> {
  if (request.run !== null) return pollRun(client, request.run, io);
  return request.partition === null
    ? pollStream(client, request, at)
    : pollPartition(client, request, request.partition, at);
}

/** How a run stands. */
export async function pollRun(client: ApiClient, run: string, io: CliIo): Promise<Polled> {
  const { value, raw } = await client.get(pathOf('/v1/runs', [run]), runAnswer);
  const { state, ledger, progress } = value;
  if (state === 'ended')
    return { outcome: 'ended', raw, text: runText(value, io), succeeded: value.outcome === 'succeeded' };
  const read = progress === null ? `${ledger.seen} records read so far` : `${progress.processed} of ${progress.total}`;
  return { outcome: 'waiting', note: `${run}: ${state}, ${read}`, progress };
}

async function pollStream(client: ApiClient, { connection, stream }: Request, at: string): Promise<Polled> {
  const path = pathOf('/v1/status', [connection, stream]);
  const { value, raw } = await client.get(path, streamDetailAnswer);
  const name = `${connection}/${stream}`;
  const { walk, lastCycleAt, partitions } = value;
  if (lastCycleAt === null || lastCycleAt < at) return { outcome: 'waiting', note: `${name}: waits for its cycle` };
  if (value.failures > 0) {
    return { outcome: 'ended', raw, text: `${name}: failed: ${value.lastError ?? 'unknown'}`, succeeded: false };
  }
  // What has never been read is read as a whole first.
  if (walk !== null && !value.loaded)
    return { outcome: 'waiting', note: `${name}: ${walk.seen} records read so far`, progress: walk.progress };
  const asked = await askedOneByOne(client, path, value);
  const since = asked.flatMap(({ partition, lastRun }) => (isSince(lastRun, at) ? [{ partition, ...lastRun }] : []));
  const failed = since.filter(({ outcome }) => outcome !== 'succeeded');
  if (failed.length > 0) {
    const reasons = failed.map(({ partition, outcome, error }) => `${partition} ${error ?? outcome}`);
    return { outcome: 'ended', raw, text: `${name}: failed: ${reasons.join(', ')}`, succeeded: false };
  }
  if (since.length < asked.length) {
    return { outcome: 'waiting', note: `${name}: ${since.length} of ${asked.length} partitions read` };
  }
  if (partitions.pending > 0) return { outcome: 'waiting', note: `${name}: ${partitions.pending} partitions pending` };
  const text = `${name}: asked its source; what had changed is in the cache`;
  return { outcome: 'ended', raw, text, succeeded: true };
}

/** Partitions that the source is asked for one by one: their cycle only sends for them. */
async function askedOneByOne(
  client: ApiClient,
  path: string,
  { partitionList: { items, next } }: StreamDetailAnswer,
): Promise<readonly PartitionAnswer[]> {
  const asked = items.filter(({ nextRunAt }) => nextRunAt !== null);
  if (next === null || asked.length === 0) return asked;
  const following = await client.get(`${path}?cursor=${encodeURIComponent(next)}`, streamDetailAnswer);
  return [...asked, ...(await askedOneByOne(client, path, following.value))];
}

/** A run that a limit held back goes on by itself. */
function isSince(lastRun: PartitionAnswer['lastRun'], at: string): lastRun is NonNullable<PartitionAnswer['lastRun']> {
  return lastRun !== null && lastRun.at >= at && lastRun.outcome !== 'rate-limited';
}

async function pollPartition(
  client: ApiClient,
  { connection, stream }: Request,
  partition: string,
  at: string,
): Promise<Polled> {
  const { value, raw } = await client.get(pathOf('/v1/status', [connection, stream, partition]), partitionAnswer);
  const { lastRun } = value;
  const name = `${connection}/${stream}/${partition}`;
  if (lastRun === null || lastRun.at < at) return { outcome: 'waiting', note: `${name}: waits for its turn` };
  const { seen, added, updated } = lastRun.ledger;
  const text = `${name}: ${lastRun.outcome}, ${seen} read, ${added} added, ${updated} updated`;
  return { outcome: 'ended', raw, text, succeeded: lastRun.outcome === 'succeeded' };
}
