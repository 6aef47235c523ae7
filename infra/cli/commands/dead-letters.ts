import type { ApiClient } from '../client.ts';
import type { CommandOf } from '../command.ts';
import type { CliIo } from '../io.ts';
import { cell, instant, nameOf, table } from '../render.ts';
import { deadLettersAnswer, redriveAnswer } from '../upkeep-answers.ts';
import type { Report } from './status.ts';

const HOW_TO_REDRIVE = 'Once the cause is gone, "redrive" sends them all back to work, "redrive <id> …" some of them.';

/** Messages that failed every time they were tried. */
export async function showDeadLetters(client: ApiClient, io: CliIo): Promise<Report> {
  const { value, raw } = await client.get('/v1/dead-letters', deadLettersAnswer);
  if (value.total === 0 && value.deadLetters.length === 0) return { raw, text: 'No dead letters.' };
  const titles = ['ID', 'LANE', 'TASK', 'WHAT', 'REASON', 'SENT', 'GAVE UP'];
  const rows = value.deadLetters.map((letter) => [
    cell(letter.id),
    cell(letter.lane),
    cell(letter.task ?? '–'),
    cell(nameOf(letter)),
    cell(letter.reason, 'bad'),
    cell(instant(letter.sentAt)),
    cell(instant(letter.at)),
  ]);
  const shown = value.more ? `${rows.length} of about ${value.total} are shown. ` : '';
  return { raw, text: `${table(titles, rows, io)}\n\n${shown}${HOW_TO_REDRIVE}` };
}

export async function redrive(client: ApiClient, { ids, limit }: CommandOf<'redrive'>): Promise<Report> {
  const body = { ...(ids.length === 0 ? {} : { ids }), ...(limit === undefined ? {} : { limit }) };
  const { value, raw } = await client.post('/v1/dead-letters/redrive', body, redriveAnswer);
  const { redriven, left } = value;
  return { raw, text: `${redriven} sent back to work, ${left} left.` };
}
