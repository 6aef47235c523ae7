import { type ImportAnswer, importAnswer, uploadAnswer } from '../answers.ts';
import { type ApiClient, pathOf } from '../client.ts';
import type { CommandOf } from '../command.ts';
import { CliError, type CliIo, EXIT, usage } from '../io.ts';
import { cell, facts } from '../render.ts';
import type { Report } from './status.ts';
import { type Polled, waitFor } from './wait.ts';

/** A link lasts a quarter of an hour. */
const TRANSFER_TIMEOUT_MS = 900_000;

/** Uploads a file, has it imported, stays until that has ended, and fetches the list of what was wrong with it. */
export async function importFile(
  client: ApiClient,
  command: CommandOf<'import'>,
  io: CliIo,
): Promise<Report & { readonly exitCode: number }> {
  const { names, file, dryRun, errorsFile, waitSeconds } = command;
  const bytes = await io.openFile(file);
  if (bytes === undefined) throw usage(`there is no file ${file}`);
  if (bytes.size === 0) throw usage(`${file} is empty`);
  const root = pathOf('/v1/imports', names);
  const { value: place } = await client.post(root, { bytes: bytes.size }, uploadAnswer);
  io.err(`uploading ${file}, ${bytes.size} bytes`);
  await upload(place.upload.url, bytes, io);
  const path = pathOf(root, [place.import]);
  await client.post(path, { dryRun }, importAnswer);
  const ended = await waitFor([() => poll(client, path, errorsFile, io)], waitSeconds, io);
  const listed = errorsFile === undefined ? '' : await fetchErrors(client, path, errorsFile, io);
  const text = [ended.text, listed].filter((part) => part !== '').join('\n');
  return { raw: ended.raw, text, exitCode: ended.succeeded ? EXIT.ok : EXIT.failed };
}

/** The link says who may: it is given no token. */
async function upload(url: string, bytes: Blob, io: CliIo): Promise<void> {
  const response = await transfer(() =>
    io.fetch(url, { method: 'PUT', body: bytes, redirect: 'error', signal: AbortSignal.timeout(TRANSFER_TIMEOUT_MS) }),
  );
  if (!response.ok) throw new CliError(EXIT.failed, `The upload was refused: status ${response.status}.`);
}

async function transfer<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch {
    throw new CliError(EXIT.unreachable, 'The store of files cannot be reached, or took too long.');
  }
}

async function poll(client: ApiClient, path: string, errorsFile: string | undefined, io: CliIo): Promise<Polled> {
  const { value, raw } = await client.get(path, importAnswer);
  if (value.state === 'ended')
    return { outcome: 'ended', raw, text: importText(value, errorsFile, io), succeeded: value.outcome === 'succeeded' };
  return { outcome: 'waiting', note: `${value.import}: ${value.state}, ${value.rows.read} rows so far` };
}

async function fetchErrors(client: ApiClient, path: string, file: string, io: CliIo): Promise<string> {
  const { value } = await client.get(path, importAnswer);
  const { errors } = value;
  if (errors === null) return 'No rows are listed as wrong.';
  const bytes = await transfer(async () => {
    const response = await io.fetch(errors.url, {
      signal: AbortSignal.timeout(TRANSFER_TIMEOUT_MS),
      redirect: 'error',
    });
    // As bytes: a text would lose the mark by which spreadsheets know its encoding.
    return response.ok ? response.bytes() : undefined;
  });
  if (bytes === undefined) throw new CliError(EXIT.failed, 'The list of rejected rows could not be fetched.');
  await io.writeFile(file, bytes);
  return `What was wrong with which row is in ${file}.`;
}

function importText(
  { import: run, connection, stream, rows, ...answer }: ImportAnswer,
  errorsFile: string | undefined,
  io: CliIo,
): string {
  const { dryRun, outcome, error, errors } = answer;
  const written = dryRun ? 'would write' : 'written';
  const shown = outcome === 'succeeded' ? 'good' : outcome === 'failed' ? 'bad' : 'warn';
  const hint = errors === null || errorsFile !== undefined ? '' : '; --errors <file> lists them';
  return facts(
    [
      ['import', cell(run, 'strong')],
      ['what', cell(`${connection}/${stream}${dryRun ? ' (dry run)' : ''}`)],
      ['state', cell(outcome ?? 'running', shown)],
      ['read', cell(`${rows.read} rows`)],
      [written, cell(`${rows.added} added, ${rows.updated} updated`)],
      ['left alone', cell(`${rows.unchanged} unchanged, ${rows.superseded} superseded`)],
      [
        'rejected',
        cell(`${rows.rejected} row${rows.rejected === 1 ? '' : 's'}${hint}`, rows.rejected === 0 ? 'plain' : 'warn'),
      ],
      ['error', cell(error ?? 'none', error === null ? 'plain' : 'bad')],
    ],
    io,
  );
}
