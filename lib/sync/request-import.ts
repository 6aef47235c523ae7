import { partitionKey, type StreamKey, WHOLE_STREAM } from '../domain/names.ts';
import { type AnnouncePorts, announceRun } from './announce-run.ts';

/**
 * Has a file that was uploaded under this run id applied, or only looked through. Safe to repeat: whoever asks again is
 * told of the same run. @returns whether it is on its way
 */
export async function requestImport(
  ports: AnnouncePorts,
  stream: StreamKey,
  run: string,
  dryRun: boolean,
): Promise<boolean> {
  const known = await ports.runs.find(run, [stream.connection]);
  // One that still waits may never have reached its queue.
  if (known !== undefined && known.state !== 'queued') return true;
  const key = partitionKey(stream, WHOLE_STREAM);
  const wish = dryRun ? { dryRun } : {};
  const task = { ...key, task: 'import', run, ...wish } as const;
  return announceRun(ports, { ...key, run, task: 'import', trigger: 'force', ...wish }, { task, lane: 'imports' });
}
