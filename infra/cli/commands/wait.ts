import { partitionAnswer, runAnswer, type SyncAnswer, streamAnswer } from '../answers.ts';
import { type ApiClient, pathOf } from '../client.ts';
import type { CliIo } from '../io.ts';
import { cell, paint } from '../render.ts';
import { runText } from './runs.ts';
import type { Report } from './status.ts';

const FIRST_POLL_MS = 1_000;
const SLOWEST_POLL_MS = 10_000;

type Request = SyncAnswer['requests'][number];

/** How one request ended; `undefined` while it has not. */
export type Ended = (Report & { readonly succeeded: boolean }) | undefined;

/** Polls until everything that was asked has ended, or the time is over; the work itself goes on either way. */
export async function waitFor(
  polls: readonly (() => Promise<Ended>)[],
  seconds: number,
  io: CliIo,
): Promise<Report & { readonly succeeded: boolean }> {
  const deadline = io.monotonicMs() + seconds * 1_000;
  const ended: NonNullable<Ended>[] = [];
  let pollMs = FIRST_POLL_MS;
  for (const poll of polls) {
    for (;;) {
      const end = await poll();
      if (end !== undefined) {
        ended.push(end);
        break;
      }
      if (io.monotonicMs() + pollMs > deadline) return outOfTime(ended, seconds, io);
      await io.sleep(pollMs);
      pollMs = Math.min(pollMs * 2, SLOWEST_POLL_MS);
    }
  }
  return {
    raw: ended.length === 1 ? ended[0]?.raw : ended.map(({ raw }) => raw),
    text: ended.map(({ text }) => text).join('\n\n'),
    succeeded: ended.every(({ succeeded }) => succeeded),
  };
}

function outOfTime(ended: readonly NonNullable<Ended>[], seconds: number, io: CliIo) {
  const late = paint(cell(`Not ended after ${seconds} s. It goes on; "status" and "runs" show how.`, 'warn'), io);
  return {
    raw: ended.map(({ raw }) => raw),
    text: [...ended.map(({ text }) => text), late].join('\n\n'),
    succeeded: false,
  };
}

/** How what "sync" asked for stands: by its run, or by the next cycle where there is none yet. */
export function pollRequest(client: ApiClient, request: Request, at: string, io: CliIo): Promise<Ended> {
  if (request.run !== null) return pollRun(client, request.run, io);
  return request.partition === null
    ? pollStream(client, request, at)
    : pollPartition(client, request, request.partition, at);
}

/** How a run stands. */
export async function pollRun(client: ApiClient, run: string, io: CliIo): Promise<Ended> {
  const { value, raw } = await client.get(pathOf('/v1/runs', [run]), runAnswer);
  if (value.state !== 'ended') {
    io.err(`${run}: ${value.state}, ${value.ledger.seen} records read so far`);
    return undefined;
  }
  return { raw, text: runText(value, io), succeeded: value.outcome === 'succeeded' };
}

async function pollStream(client: ApiClient, { connection, stream }: Request, at: string): Promise<Ended> {
  const { value, raw } = await client.get(pathOf('/v1/status', [connection, stream]), streamAnswer);
  if (value.lastCycleAt === null || value.lastCycleAt < at) return undefined;
  const failed = value.failures > 0;
  const end = failed
    ? `failed: ${value.lastError ?? 'unknown'}`
    : `asked its source; ${value.partitions.pending} partitions pending`;
  return { raw, text: `${connection}/${stream}: ${end}`, succeeded: !failed };
}

async function pollPartition(
  client: ApiClient,
  { connection, stream }: Request,
  partition: string,
  at: string,
): Promise<Ended> {
  const { value, raw } = await client.get(pathOf('/v1/status', [connection, stream, partition]), partitionAnswer);
  const { lastRun } = value;
  if (lastRun === null || lastRun.at < at) return undefined;
  const { seen, added, updated } = lastRun.ledger;
  const text = `${connection}/${stream}/${partition}: ${lastRun.outcome}, ${seen} read, ${added} added, ${updated} updated`;
  return { raw, text, succeeded: lastRun.outcome === 'succeeded' };
}
