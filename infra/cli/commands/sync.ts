import { type SyncAnswer, syncAnswer } from '../answers.ts';
import { type ApiClient, pathOf } from '../client.ts';
import type { CommandOf } from '../command.ts';
import { type CliIo, EXIT } from '../io.ts';
import { cell, nameOf, paint } from '../render.ts';
import type { Report } from './status.ts';
import { pollRequest, waitFor } from './wait.ts';

/** Asks for work and, with `--wait`, stays until it has ended. */
export async function requestSync(
  client: ApiClient,
  { names, mode, waitSeconds }: CommandOf<'sync'>,
  io: CliIo,
): Promise<Report & { readonly exitCode: number }> {
  const body = mode === undefined ? {} : { mode };
  const { value, raw } = await client.post(pathOf('/v1/sync', names), body, syncAnswer);
  if (waitSeconds === undefined) return { raw, text: requestText(value, io), exitCode: EXIT.ok };
  io.err(requestText(value, io));
  const polls = value.requests.map((request) => () => pollRequest(client, request, value.at, io));
  const waited = await waitFor(polls, waitSeconds, io);
  return { raw: waited.raw, text: waited.text, exitCode: waited.succeeded ? EXIT.ok : EXIT.failed };
}

function requestText({ requests, skipped }: SyncAnswer, io: Pick<CliIo, 'color'>): string {
  const lines = requests.map(({ connection, stream, partition, message }) => {
    const name = cell(nameOf({ connection, stream, partition }), 'strong');
    return `${paint(name, io)}: ${message}`;
  });
  return [...lines, ...skippedLines(skipped, io)].join('\n');
}

export function skippedLines(skipped: SyncAnswer['skipped'], io: Pick<CliIo, 'color'>): readonly string[] {
  return skipped.map(({ connection, stream, reason }) => {
    return paint(cell(`${nameOf({ connection, stream })}: left out, ${reason}`, 'warn'), io);
  });
}
