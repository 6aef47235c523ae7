import { checkAnswer, pauseAnswer } from '../answers.ts';
import type { Command } from '../arguments.ts';
import { type ApiClient, pathOf } from '../client.ts';
import { type CliIo, EXIT } from '../io.ts';
import { cell, paint, type Tone, table } from '../render.ts';
import type { Report } from './status.ts';
import { skippedLines } from './sync.ts';

export async function setPause(
  client: ApiClient,
  { command, names }: Extract<Command, { command: 'pause' | 'resume' }>,
  io: CliIo,
): Promise<Report> {
  const { value, raw } = await client.post(pathOf(`/v1/${command}`, names), {}, pauseAnswer);
  const word = value.paused ? 'paused' : 'resumed';
  const lines = value.streams.map(({ connection, stream }) => `${connection}/${stream}: ${word}`);
  const text = [...lines, ...skippedLines(value.skipped, io)].join('\n');
  return { raw, text: text || 'There are no streams.' };
}

const TONES: Readonly<Record<'ok' | 'warning' | 'failed', Tone>> = { ok: 'good', warning: 'warn', failed: 'bad' };

export async function checkConnection(
  client: ApiClient,
  connection: string,
  io: CliIo,
): Promise<Report & { readonly exitCode: number }> {
  const { value, raw } = await client.post(pathOf('/v1/check', [connection]), {}, checkAnswer);
  const rows = value.findings.map(({ check, status, message }) => [
    cell(check),
    cell(status, TONES[status]),
    cell(message),
  ]);
  const verdict = value.ok
    ? cell(`${connection} can be synced.`, 'good')
    : cell(`${connection} cannot be synced yet.`, 'bad');
  const text = `${table(['CHECK', 'RESULT', 'FINDING'], rows, io)}\n\n${paint(verdict, io)}`;
  return { raw, text, exitCode: value.ok ? EXIT.ok : EXIT.failed };
}
