import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalHost } from '../host.ts';
import { thousands } from './costs.ts';
import type { Screen } from './screen.ts';
import { EXIT, StartError } from './start-error.ts';
import { type Progress, readProgress } from './stream-progress.ts';

const LOOK_EVERY_MS = 500;
/** Long enough for a source's minute limits and for retries; a spent day is not waited for. */
const STANDSTILL_MS = 5 * 60_000;

/**
 * Waits until every stream of every connection is in the cache and nothing is left to do, for as long as anything moves.
 * @returns the exit code. @throws StartError with the reason when nothing moves any more
 */
export async function runOnceConnected(host: LocalHost, screen: Screen): Promise<number> {
  let mark = '';
  let movedAt = Date.now();
  for (;;) {
    const progress = await look(host);
    if (progress !== undefined) {
      if (progress.broken.length > 0) throw new StartError(progress.broken.join('; '));
      if (progress.complete) {
        screen.say(`loaded: ${thousands(progress.records)} records, nothing left to do`);
        return EXIT.ok;
      }
      if (progress.mark !== mark) movedAt = Date.now();
      mark = progress.mark;
    }
    if (Date.now() - movedAt > STANDSTILL_MS) {
      const waiting = progress?.waiting.join('; ') ?? 'the status route does not answer';
      throw new StartError(`nothing has moved for ${STANDSTILL_MS / 60_000} minutes: ${waiting}`);
    }
    await sleep(LOOK_EVERY_MS);
  }
}

/** The API may be busy; only if it stays silent does that become the reason. */
async function look(host: LocalHost): Promise<Progress | undefined> {
  try {
    return await readProgress(host);
  } catch {
    return undefined;
  }
}
