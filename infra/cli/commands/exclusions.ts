import { type ApiClient, pathOf } from '../client.ts';
import type { CommandOf } from '../command.ts';
import type { CliIo } from '../io.ts';
import { cell, instant, table } from '../render.ts';
import { acceptedAnswer, type DuplicatesAnswer, duplicatesAnswer, excludedAnswer } from '../upkeep-answers.ts';
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

/** Shows the duplicates of a partition; with `--clean` excludes all but one of each group, as often as that takes. */
export async function showDuplicates(
  client: ApiClient,
  { names, clean }: CommandOf<'duplicates'>,
  io: CliIo,
): Promise<Report> {
  const path = pathOf('/v1/duplicates', names);
  if (!clean) {
    const { value, raw } = await client.get(path, duplicatesAnswer);
    return { raw, text: duplicatesText(value, io) };
  }
  const excluded: string[] = [];
  for (;;) {
    const { value, raw } = await client.post(path, {}, duplicatesAnswer);
    excluded.push(...value.excluded);
    if (value.left > 0 && value.excluded.length > 0) continue;
    const text = cell(`${excluded.length} excluded: ${excluded.join(', ') || 'none'}`).text;
    return { raw, text: `${text}\n"include" lets one in again.` };
  }
}

function duplicatesText(found: DuplicatesAnswer, io: CliIo): string {
  const { groups, examined, truncated, duplicates, more } = found;
  const whole = truncated ? `the first ${examined} records` : `${examined} records`;
  if (groups.length === 0) return `No duplicates among ${whole}.`;
  const rows = groups.map(({ keep, others }) => [cell(keep), cell(others.join(', '))]);
  const rest = more ? '\nThere are more groups.' : '';
  const summary = `${duplicates} duplicates among ${whole}. With --clean they are excluded, and those that are kept stay.`;
  return `${table(['KEPT', 'DUPLICATES OF IT'], rows, io)}${rest}\n\n${summary}`;
}
