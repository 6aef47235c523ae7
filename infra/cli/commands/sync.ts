import { type SyncAnswer, syncAnswer } from '../answers.ts';
import { type ApiClient, pathOf } from '../client.ts';
import type { CommandOf } from '../command.ts';
import { type CliIo, EXIT, usage } from '../io.ts';
import { cell, nameOf, paint } from '../render.ts';
import { importFile } from './imports.ts';
import type { Report } from './status.ts';
import { pollRequest, waitFor } from './wait.ts';

type Sync = CommandOf<'sync'>;
type Outcome = Report & { readonly exitCode: number };

/** Asks for work, brings the files that go with it and, with `--wait`, stays until all has ended. */
export async function requestSync(client: ApiClient, command: Sync, io: CliIo): Promise<Outcome> {
  const { imports } = command;
  for (const { file } of imports) if ((await io.openFile(file)) === undefined) throw usage(`there is no file ${file}`);
  const asked = await syncSources(client, command, io);
  if (imports.length === 0) return asked;
  const brought: Outcome[] = [];
  for (const { names, file, waitSeconds } of imports) {
    brought.push(await importFile(client, { command: 'import', names, file, dryRun: false, waitSeconds }, io));
  }
  const all = [asked, ...brought];
  return {
    raw: { sync: asked.raw, imports: brought.map(({ raw }) => raw) },
    text: all.map(({ text }) => text).join('\n\n'),
    exitCode: all.every(({ exitCode }) => exitCode === EXIT.ok) ? EXIT.ok : EXIT.failed,
  };
}

async function syncSources(
  client: ApiClient,
  { names, mode, waitSeconds, imports }: Sync,
  io: CliIo,
): Promise<Outcome> {
  const body = mode === undefined ? {} : { mode };
  const { value, raw } = await client.post(pathOf('/v1/sync', names), body, syncAnswer);
  const brought = imports.map((one) => one.names.join('/'));
  const skipped = value.skipped.filter(({ connection, stream }) => !brought.includes(`${connection}/${stream}`));
  const text = requestText({ ...value, skipped }, io);
  const exitCode = areAllOpen(skipped) ? EXIT.ok : EXIT.failed;
  if (waitSeconds === undefined) return { raw, text, exitCode };
  io.err(text);
  const polls = value.requests.map((request) => () => pollRequest(client, request, value.at, io));
  const waited = await waitFor(polls, waitSeconds, io);
  return { raw: waited.raw, text: waited.text, exitCode: waited.succeeded ? exitCode : EXIT.failed };
}

function requestText({ requests, skipped }: SyncAnswer, io: Pick<CliIo, 'color'>): string {
  const lines = requests.map(({ connection, stream, partition, message }) => {
    const name = cell(nameOf({ connection, stream, partition }), 'strong');
    return `${paint(name, io)}: ${message}`;
  });
  return [...lines, ...skippedLines(skipped, io)].join('\n');
}

/** Whether nothing was left out because its connection cannot be opened. Streams are left out on somebody's wish. */
export function areAllOpen(skipped: SyncAnswer['skipped']): boolean {
  return skipped.every(({ stream }) => stream !== null);
}

export function skippedLines(skipped: SyncAnswer['skipped'], io: Pick<CliIo, 'color'>): readonly string[] {
  return skipped.map(({ connection, stream, reason }) => {
    return paint(cell(`${nameOf({ connection, stream })}: left out, ${reason}`, 'warn'), io);
  });
}
