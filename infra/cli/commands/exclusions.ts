import { type ApiClient, pathOf } from '../client.ts';
import type { CommandOf } from '../command.ts';
import type { CliIo } from '../io.ts';
import { cell, instant, table } from '../render.ts';
import { acceptedAnswer, excludedAnswer } from '../upkeep-answers.ts';
import type { Report } from './status.ts';

/** Keeps records out of the cache, or lets them in again, one after the other. */
export async function changeExclusion(
  client: ApiClient,
  { command, connection, stream, records, partition }: CommandOf<'exclude' | 'include'>,
): Promise<Report> {
  const raw: unknown[] = [];
  const lines: string[] = [];
  const query = partition === undefined ? '' : `?partition=${encodeURIComponent(partition)}`;
  for (const record of records) {
    const path = `${pathOf(`/v1/${command}`, [connection, stream, record])}${query}`;
    const answer = await client.post(path, {}, acceptedAnswer);
    raw.push(answer.raw);
    lines.push(cell(`${record}: ${answer.value.message ?? 'asked for'}`).text);
  }
  return { raw: raw.length === 1 ? raw[0] : raw, text: lines.join('\n') };
}

export async function showExcluded(
  client: ApiClient,
  { connection, stream, query }: CommandOf<'excluded'>,
  io: CliIo,
): Promise<Report> {
  const parameters = new URLSearchParams(query).toString();
  const path = pathOf('/v1/excluded', [connection, stream]);
  const { value, raw } = await client.get(parameters === '' ? path : `${path}?${parameters}`, excludedAnswer);
  if (value.excluded.length === 0) return { raw, text: 'No records are excluded.' };
  const rows = value.excluded.map(({ record, partition, at }) => [cell(record), cell(partition), cell(instant(at))]);
  const more = value.next === null ? '' : `\n\nThere are more: --cursor ${value.next}`;
  return { raw, text: table(['RECORD', 'PARTITION', 'EXCLUDED'], rows, io) + more };
}
