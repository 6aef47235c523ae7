import { type ApiClient, pathOf, withQuery } from '../client.ts';
import type { CommandOf } from '../command.ts';
import { detailLines } from '../details.ts';
import { CliError, type CliIo, EXIT } from '../io.ts';
import { cell, paint } from '../render.ts';
import { acceptedAnswer, explainAnswer } from '../upkeep-answers.ts';
import type { Report } from './status.ts';

/** Why a record is, or is not, in the cache. */
export async function explainRecord(
  client: ApiClient,
  { connection, stream, record, source, partition }: CommandOf<'explain'>,
  io: CliIo,
): Promise<Report> {
  const query = new URLSearchParams({
    ...(partition === undefined ? {} : { partition }),
    ...(source ? { source: 'true' } : {}),
  });
  const path = withQuery(pathOf('/v1/explain', [connection, stream, record]), query);
  const { value, raw } = await client.get(path, explainAnswer);
  const { verdict, why, ...details } = value;
  const reasons = [paint(cell(verdict, 'strong'), io), ...[why].flat().map((line) => cell(line).text)].join('\n');
  const hint = source ? '' : 'With --source the source itself is asked, for one call.';
  return { raw, text: [reasons, detailLines(details), hint].filter((part) => part !== '').join('\n\n') };
}

/**
 * Erases a record everywhere, once the person at the terminal or `--yes` has confirmed it.
 * @throws CliError when nobody did
 */
export async function forgetRecord(
  client: ApiClient,
  { connection, stream, record, yes }: CommandOf<'forget'>,
  io: CliIo,
): Promise<Report> {
  if (!yes) await confirm(`${connection}/${stream}/${record}`, io);
  const path = pathOf('/v1/forget', [connection, stream, record]);
  const { value, raw } = await client.post(path, {}, acceptedAnswer);
  const usual = `Record ${record} is being erased. It returns only if the source shows a newer version of it.`;
  return { raw, text: cell(value.message ?? usual).text };
}

async function confirm(name: string, io: CliIo): Promise<void> {
  if (io.ask === undefined)
    throw new CliError(EXIT.usage, 'Nobody is here to confirm that the record be erased: say --yes.');
  io.err(
    `${name} will be erased from the cache, with everything kept about it. Erase it at the source first: what the source changes later comes back.`,
  );
  const answer = await io.ask('Type "yes" to erase it: ');
  if (answer.trim().toLowerCase() !== 'yes') throw new CliError(EXIT.failed, 'Nothing was erased.');
}
