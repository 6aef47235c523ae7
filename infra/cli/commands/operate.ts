import { checkAnswer, pauseAnswer } from '../answers.ts';
import { type ApiClient, pathOf } from '../client.ts';
import type { CommandOf } from '../command.ts';
import { type CliIo, EXIT } from '../io.ts';
import { cell, paint, type Tone, table } from '../render.ts';
import { acceptedAnswer } from '../upkeep-answers.ts';
import type { Report } from './status.ts';
import { skippedLines } from './sync.ts';

export async function setPause(
  client: ApiClient,
  { command, names }: CommandOf<'pause' | 'resume'>,
  io: CliIo,
): Promise<Report> {
  const { value, raw } = await client.post(pathOf(`/v1/${command}`, names), {}, pauseAnswer);
  const word = value.paused ? 'paused' : 'resumed';
  const lines = value.streams.map(({ connection, stream }) => `${connection}/${stream}: ${word}`);
  const text = [...lines, ...skippedLines(value.skipped, io)].join('\n');
  return { raw, text: text || 'There are no streams.' };
}

export async function cancelRun(client: ApiClient, run: string): Promise<Report> {
  const { value, raw } = await client.post(pathOf('/v1/runs', [run, 'cancel']), {}, acceptedAnswer);
  const usual = `Run ${run} ends before its next page. "run ${run}" shows when it has.`;
  return { raw, text: cell(value.message ?? usual).text };
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
