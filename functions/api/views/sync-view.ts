import { type Instant, toIso } from '../../../lib/domain/instant.ts';
import { WHOLE_STREAM } from '../../../lib/domain/names.ts';
import type { SyncMode, SyncRequested } from '../../../lib/sync/request-sync.ts';
import type { SkippedView, SyncAnswer, SyncRequestView } from '../schemas/work.ts';

type Accepted = Extract<SyncRequested, { outcome: 'run' | 'due' | 'queued' }>;

export function isAccepted(requested: SyncRequested): requested is Accepted {
  return requested.outcome === 'run' || requested.outcome === 'due' || requested.outcome === 'queued';
}

export function syncView(
  mode: SyncMode,
  accepted: readonly Accepted[],
  skipped: readonly SkippedView[],
  now: Instant,
): SyncAnswer {
  const requests = accepted.map(requestView);
  const single = requests.length === 1 && skipped.length === 0 ? requests[0] : undefined;
  return { mode, at: toIso(now), run: single?.run ?? null, requests, skipped: [...skipped] };
}

function requestView(accepted: Accepted): SyncRequestView {
  const { connection, stream } = accepted.key;
  const base = { connection, stream };
  switch (accepted.outcome) {
    case 'run': {
      const { partition } = accepted.key;
      const whole = partition === WHOLE_STREAM;
      return {
        ...base,
        partition: whole ? null : partition,
        state: accepted.joined ? 'joined' : 'queued',
        run: accepted.run,
        nextRunAt: null,
        message: runMessage(whole ? 'stream' : 'partition', accepted),
      };
    }
    case 'due': {
      const message = 'The stream is asked at once what changed. Its status shows the result.';
      return { ...base, partition: null, state: 'due', run: null, nextRunAt: toIso(accepted.at), message };
    }
    case 'queued': {
      const message = 'What changed since the watermark will be read. The status of the partition shows the result.';
      const { partition } = accepted.key;
      return { ...base, partition, state: 'queued', run: null, nextRunAt: toIso(accepted.at), message };
    }
  }
}

function runMessage(what: 'stream' | 'partition', { run, joined }: Extract<Accepted, { outcome: 'run' }>): string {
  const start = joined ? `A full of this ${what} was waiting already.` : `The whole ${what} will be read.`;
  return `${start} Follow it with GET /v1/runs/${run}.`;
}
