import type { z } from 'zod';
import { type connectionAnswer, statusAnswer } from '../../cli/answers.ts';
import type { LocalHost } from '../host.ts';

type ConnectionAnswer = z.infer<typeof connectionAnswer>;

/** Whether everything is in the cache, as the status route tells it. */
export interface Progress {
  readonly complete: boolean;
  /** Connections that will never work as they are, with the reasons. */
  readonly broken: readonly string[];
  /** What is not complete yet, and why; empty when `complete`. */
  readonly waiting: readonly string[];
  readonly records: number;
  /** Changes whenever anything moves. */
  readonly mark: string;
}

const REQUEST_TIMEOUT_MS = 35_000;

/** @throws Error when the route does not answer */
export async function readProgress({ apiUrl, tokens }: LocalHost): Promise<Progress> {
  const response = await fetch(`${apiUrl}/v1/status`, {
    headers: { authorization: `Bearer ${tokens.read}` },
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`GET /v1/status answers ${response.status}`);
  const { connections } = statusAnswer.parse(await response.json());
  const enabled = connections.filter(({ enabled, problems }) => enabled || problems.length > 0);
  const streams = enabled.flatMap((connection) => connection.streams);
  const waiting = enabled.flatMap(waitingOf);
  return {
    complete: waiting.length === 0 && streams.length > 0,
    broken: enabled.flatMap(({ id, problems }) => (problems.length > 0 ? [`${id}: ${problems.join('; ')}`] : [])),
    waiting,
    records: streams.reduce((sum, { partitions }) => sum + partitions.records, 0),
    mark: JSON.stringify(streams.map(({ walk, partitions, loaded }) => [walk, partitions, loaded])),
  };
}

function waitingOf({ id, streams, budget }: ConnectionAnswer): readonly string[] {
  return streams.flatMap(({ stream, loaded, partitions, lastError, walk }) => {
    const behind = Math.max(partitions.behind, partitions.pending);
    if (loaded && behind === 0) return [];
    const read = walk === null ? '' : `, ${walk.seen} records read`;
    const paused = budget?.pausedUntil == null ? '' : `, paused until ${budget.pausedUntil}`;
    const error = lastError === null ? '' : `, last error: ${lastError}`;
    return [`${id}/${stream} ${loaded ? `has ${behind} partitions behind` : 'is not loaded'}${read}${paused}${error}`];
  });
}
