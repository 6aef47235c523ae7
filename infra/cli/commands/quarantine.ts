import { type ApiClient, pathOf } from '../client.ts';
import type { Names, RecordName } from '../command.ts';
import type { CliIo } from '../io.ts';
import { cell, instant, nameOf, table } from '../render.ts';
import { acceptedAnswer, quarantineAnswer } from '../upkeep-answers.ts';
import type { Report } from './status.ts';

const HOW_TO_RETRY = 'They are retried by themselves. "retry <connection> <stream> <record>" does it now.';

/** Records that could not be written, and why. */
export async function showQuarantine(client: ApiClient, names: Names, io: CliIo): Promise<Report> {
  const { value, raw } = await client.get(pathOf('/v1/quarantine', names), quarantineAnswer);
  if (value.quarantine.length === 0) return { raw, text: 'No record is quarantined.' };
  const titles = ['WHAT', 'RECORD', 'REASON', 'MODIFIED', 'SINCE', 'LAST SEEN', 'ATTEMPTS', 'NEXT RETRY'];
  const rows = value.quarantine.map((record) => [
    cell(nameOf(record)),
    cell(record.record),
    cell(record.reason, 'bad'),
    cell(instant(record.modified)),
    cell(instant(record.firstAt)),
    cell(instant(record.lastAt)),
    cell(record.attempts),
    cell(instant(record.retryAt)),
  ]);
  return { raw, text: `${table(titles, rows, io)}\n\n${HOW_TO_RETRY}` };
}

export async function retryRecord(client: ApiClient, { connection, stream, record }: RecordName): Promise<Report> {
  const path = pathOf('/v1/quarantine', [connection, stream, record, 'retry']);
  const { value, raw } = await client.post(path, {}, acceptedAnswer);
  const usual = `Record ${record} will be read again, now. "explain ${connection} ${stream} ${record}" shows what came of it.`;
  return { raw, text: cell(value.message ?? usual).text };
}
