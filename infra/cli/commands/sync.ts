import { type SyncAnswer, syncAnswer } from '../answers.ts';
import type { Command } from '../arguments.ts';
import { type ApiClient, pathOf } from '../client.ts';
import { type CliIo, EXIT } from '../io.ts';
import { cell, paint } from '../render.ts';
import type { Report } from './status.ts';
import { waitFor } from './wait.ts';

/** Asks for work and, with `--wait`, stays until it has ended. */
export async function requestSync(
  client: ApiClient,
  { names, mode, waitSeconds }: Extract<Command, { command: 'sync' }>,
  io: CliIo,
): Promise<Report & { readonly exitCode: number }> {
  const body = mode === undefined ? {} : { mode };
  const { value, raw } = await client.post(pathOf('/v1/sync', names), body, syncAnswer);
  if (waitSeconds === undefined) return { raw, text: requestText(value, io), exitCode: EXIT.ok };
  io.err(requestText(value, io));
  const waited = await waitFor(client, value, waitSeconds, io);
  return { raw: waited.raw, text: waited.text, exitCode: waited.succeeded ? EXIT.ok : EXIT.failed };
}

function requestText({ requests, skipped }: SyncAnswer, io: Pick<CliIo, 'color'>): string {
  const lines = requests.map(({ connection, stream, partition, message }) => {
    const name = [connection, stream, ...(partition === null ? [] : [partition])].join('/');
    return `${paint(cell(name, 'strong'), io)}: ${message}`;
  });
  return [...lines, ...skippedLines(skipped, io)].join('\n');
}

export function skippedLines(skipped: SyncAnswer['skipped'], io: Pick<CliIo, 'color'>): readonly string[] {
  return skipped.map(({ connection, stream, reason }) => {
    const name = stream === null ? connection : `${connection}/${stream}`;
    return paint(cell(`${name}: left out, ${reason}`, 'warn'), io);
  });
}
