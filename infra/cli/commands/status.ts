import {
  type ConnectionAnswer,
  connectionAnswer,
  type PartitionAnswer,
  partitionAnswer,
  type StatusAnswer,
  type StreamAnswer,
  type StreamDetailAnswer,
  statusAnswer,
  streamDetailAnswer,
} from '../answers.ts';
import { type ApiClient, pathOf } from '../client.ts';
import type { CommandOf } from '../command.ts';
import type { CliIo } from '../io.ts';
import { age, type Cell, cell, facts, instant, paint, progressOf, table } from '../render.ts';

/** What a command has to say: for people, and for scripts. */
export interface Report {
  readonly text: string;
  readonly raw: unknown;
}

type Screen = Pick<CliIo, 'color'>;

export async function showStatus(
  client: ApiClient,
  { names, cursor }: CommandOf<'status'>,
  io: CliIo,
): Promise<Report> {
  const query = cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`;
  const path = `${pathOf('/v1/status', names)}${query}`;
  switch (names.length) {
    case 0: {
      const { value, raw } = await client.get(path, statusAnswer);
      if (value.connections.length === 0) return { raw, text: 'No connection is set up yet.' };
      const texts = value.connections.map((one) => connectionText(one, io));
      return { raw, text: [totalsText(value.totals), ...texts].join('\n\n') };
    }
    case 1: {
      const { value, raw } = await client.get(path, connectionAnswer);
      return { raw, text: connectionText(value, io) };
    }
    case 2: {
      const { value, raw } = await client.get(path, streamDetailAnswer);
      return { raw, text: streamText(value, io) };
    }
    default: {
      const { value, raw } = await client.get(path, partitionAnswer);
      return { raw, text: partitionText(value, io) };
    }
  }
}

function totalsText({ connections, ...states }: StatusAnswer['totals']): string {
  const named = Object.entries(states).filter(([, count]) => count > 0);
  return `connections: ${connections}: ${named.map(([state, count]) => `${count} ${state}`).join(', ')}`;
}

function connectionText(connection: ConnectionAnswer, io: Screen): string {
  const source = connection.source === null ? '' : ` (${connection.source})`;
  const lines = [paint(cell(`${connection.id}${source}: ${connection.state}`, 'strong'), io)];
  lines.push(...connection.problems.map((problem) => paint(cell(`problem: ${problem}`, 'bad'), io)));
  if (connection.budget !== null) lines.push(budgetText(connection.budget), ...breakerTexts(connection.budget, io));
  if (connection.streams.length > 0) {
    const findings = connection.streams.flatMap((stream) => findingTexts(connection.id, stream, io));
    const titles = ['STREAM', 'STATE', 'FRESHNESS', 'INTERVAL', 'NEXT RUN', 'PARTITIONS', 'RECORDS'];
    lines.push(table(titles, connection.streams.map(streamRow), io), ...findings);
  }
  return lines.join('\n');
}

type Budget = NonNullable<ConnectionAnswer['budget']>;

function budgetText(budget: Budget): string {
  const { perMinute, perDay, minuteUsed, dayUsed, resetsAt, pausedUntil, pauseReason } = budget;
  const day = perDay === null ? '' : `, ${dayUsed} of ${perDay} today (resets ${instant(resetsAt)})`;
  const pause = pausedUntil === null ? '' : `; paused until ${instant(pausedUntil)}: ${pauseReason}`;
  return `source calls: ${minuteUsed} of ${perMinute} this minute${day}${pause}`;
}

/** What waits for a person, with the command that goes on from there. */
function findingTexts(
  connection: string,
  { stream, heldPlans, quarantined }: StreamAnswer,
  io: Screen,
): readonly string[] {
  const { count, more } = quarantined;
  const held = `${stream}: ${heldPlans.length} deletion plan(s) held for a person: "plans ${connection} --state held"`;
  const aside = `${stream}: ${count}${more ? '+' : ''} record(s) set aside: "quarantine ${connection} ${stream}"`;
  return [
    ...(heldPlans.length > 0 ? [paint(cell(held, 'bad'), io)] : []),
    ...(count > 0 ? [paint(cell(aside, 'warn'), io)] : []),
  ];
}

function breakerTexts({ breaker: { state, since, failures, retryAt } }: Budget, io: Screen): readonly string[] {
  if (state === 'closed') return [];
  const text = `the source is down since ${instant(since)}: ${failures} failures in a row; tried again ${instant(retryAt)}`;
  return [paint(cell(text, 'bad'), io)];
}

function streamRow(stream: StreamAnswer): readonly Cell[] {
  const { total, behind, truncated, records } = stream.partitions;
  return [
    cell(stream.stream),
    streamState(stream),
    cell(age(stream.freshnessSeconds), stream.stale ? 'bad' : 'plain'),
    cell(stream.schedule?.changes ?? `${stream.intervalMinutes.effective} min`),
    cell(instant(stream.nextRunAt)),
    cell(`${total}${truncated ? '+' : ''} (${behind} behind)`, behind > 0 ? 'warn' : 'plain'),
    cell(records),
  ];
}

/** How the sync of a stream is doing, in words. */
export function streamState(stream: StreamAnswer): Cell {
  if (stream.paused) return cell('paused', 'warn');
  if (!stream.enabled) return cell('disabled', 'warn');
  if (!stream.running) return cell('brought by hand');
  if (stream.failures > 0) return cell(`failing: ${stream.lastError ?? 'unknown'}`, 'bad');
  if (stream.walk !== null) return readState(stream.walk);
  if (stream.watermark === null) return beginning(stream.lastRun?.error ?? null);
  if (!stream.loaded) return cell(`loading: ${stream.partitions.behind} of ${stream.partitions.total} behind`, 'warn');
  return stream.stale ? cell('stale', 'bad') : cell('in sync', 'good');
}

function beginning(error: string | null): Cell {
  return error === null
    ? cell('waiting for its first load', 'warn')
    : cell(`waiting for its first load, which failed: ${error}`, 'bad');
}

function readState({ seen, progress, error }: NonNullable<StreamAnswer['walk']>): Cell {
  const far = progressOf(seen, progress);
  return error === null
    ? cell(`reading everything: ${far}`, 'warn')
    : cell(`reading everything fails: ${error}, after ${far}`, 'bad');
}

function streamText(stream: StreamDetailAnswer, io: Screen): string {
  const { configured, effective, reason } = stream.intervalMinutes;
  const { totals, partitionList } = stream;
  const summary = facts(
    [
      ['stream', cell(stream.stream, 'strong')],
      ['state', streamState(stream)],
      [
        'watermark',
        cell(
          `${instant(stream.watermark)} (${age(stream.freshnessSeconds)} old, stale after ${stream.staleAfterMinutes} min)`,
        ),
      ],
      ['interval', cell(`${effective} min (configured ${configured}): ${reason}`)],
      ...scheduleFacts(stream),
      ['next run', cell(instant(stream.nextRunAt))],
      ['last cycle', cell(instant(stream.lastCycleAt))],
      ['runs', cell(`${totals.runs}: ${totals.succeeded} succeeded, ${totals.failed} failed`)],
      ['records', cell(`${stream.partitions.records} (+${totals.added} ~${totals.updated} -${totals.removed} so far)`)],
    ],
    io,
  );
  const titles = [stream.partitionKind.toUpperCase(), 'TITLE', 'STATE', 'FRESHNESS', 'RECORDS', 'LAST RUN'];
  const list =
    partitionList.items.length === 0 ? 'No partitions yet.' : table(titles, partitionList.items.map(partitionRow), io);
  const more = partitionList.next === null ? '' : `\n\nThere are more: --cursor ${partitionList.next}`;
  return `${summary}\n\n${list}${more}`;
}

function scheduleFacts({ schedule }: StreamAnswer): readonly (readonly [string, Cell])[] {
  if (schedule === null) return [];
  const { changes, full, timeZone, nextFullAt } = schedule;
  return [
    ...(changes === null ? [] : [['schedule', cell(`${changes} (${timeZone})`)] as const]),
    ...(full === null ? [] : [['full', cell(`${full} (${timeZone}), next ${instant(nextFullAt)}`)] as const]),
  ];
}

function partitionRow(partition: PartitionAnswer): readonly Cell[] {
  const { lastRun } = partition;
  return [
    cell(partition.partition),
    cell(partition.title ?? '–'),
    partitionState(partition),
    cell(age(partition.freshnessSeconds), partition.stale ? 'bad' : 'plain'),
    cell(partition.count),
    cell(lastRun === null ? '–' : `${lastRun.outcome} ${instant(lastRun.at)}${reasonOf(lastRun)}`),
  ];
}

function reasonOf({ error }: NonNullable<PartitionAnswer['lastRun']>): string {
  return error === null ? '' : `: ${error}`;
}

function partitionState({ state }: PartitionAnswer): Cell {
  const tone = state === 'in-sync' ? 'good' : state === 'discrepancy' ? 'bad' : 'warn';
  return cell(state, tone);
}

function partitionText(partition: PartitionAnswer, io: Screen): string {
  const { pending, lastRun, force, full, lease } = partition;
  const waiting = [
    ...(pending.open.length > 0 ? [`deltas ${pending.open.join(', ')} since ${instant(pending.since)}`] : []),
    ...(pending.moved > 0 ? [`${pending.moved} moved away`] : []),
    ...(pending.rebuild ? ['to be read whole'] : []),
  ];
  return facts(
    [
      [
        'partition',
        cell(partition.title === null ? partition.partition : `${partition.partition} (${partition.title})`, 'strong'),
      ],
      ['state', partitionState(partition)],
      ['watermark', cell(`${instant(partition.watermark)} (${age(partition.freshnessSeconds)} old)`)],
      ['records', countCell(partition)],
      ['pending', cell(waiting.join('; ') || 'nothing')],
      ['worked on', cell(lease === null ? 'no' : `until ${instant(lease.until)} at the latest`)],
      ['force', cell(force === null ? 'none' : `${force.run}, asked ${instant(force.at)}`)],
      ['read of all', cell(full === null ? 'none' : `${full.run}: ${progressOf(full.seen, full.progress)}`)],
      [
        'last run',
        cell(
          lastRun === null
            ? 'none'
            : `${lastRun.task} ${lastRun.outcome} ${instant(lastRun.at)}, ${lastRun.durationMs} ms${reasonOf(lastRun)}`,
        ),
      ],
      ...(partition.nextRunAt === null ? [] : [['next run', cell(instant(partition.nextRunAt))] as const]),
    ],
    io,
  );
}

function countCell({ count, cached, missing, extra, cacheError }: PartitionAnswer): Cell {
  if (cached === null)
    return cell(`${count} committed${cacheError === null ? '' : `; the cache does not answer (${cacheError})`}`);
  if (cached === count) return cell(`${count}, all in the cache`);
  return cell(`${count} committed, ${cached} in the cache: ${missing} missing, ${extra} extra`, 'bad');
}
