import type { Instant } from '../domain/instant.ts';
import { addLedgers } from '../domain/ledger.ts';
import type { FullCheckpoint, NewsRead, PartitionState } from '../domain/partition.ts';
import { dueAfter } from '../domain/schedule.ts';
import { promote } from '../domain/window.ts';
import type { Held } from '../ports/partition-store.ts';
import type { SourcePage } from '../ports/source.ts';
import { applyWindow, watermarkAfter } from './apply-window.ts';
import { endRun, type StepEnd } from './end-run.ts';
import { newRunId } from './new-run-id.ts';
import { reportLost } from './report-lost.ts';
import type { StreamContext } from './sync-context.ts';

/** News is read up to nowhere before a full's first page; `undefined` where deltas go on by themselves. */
export function firstNews(context: StreamContext, page: SourcePage): NewsRead | undefined {
  if (context.stream.coverage !== 'partition') return undefined;
  return { upTo: promote(undefined, page.servedAt, context.stream.rules), lookedAt: context.clock.now() };
}

/** Whether a full has gone on for so long that readers wait for what changed since. */
export function isNewsDue(context: StreamContext, { phase, news }: FullCheckpoint): boolean {
  if (phase !== 'read' || news === undefined) return false;
  return context.clock.now() >= dueAfter(news.lookedAt, context.stream.rules);
}

/**
 * Between two pages of a long full: reads what changed meanwhile, so that readers need not wait for its end. Newer wins,
 * whichever of the two comes first.
 */
export async function readNews(
  context: StreamContext,
  held: Held,
  full: FullCheckpoint,
  news: NewsRead,
): Promise<StepEnd> {
  const startedMs = context.clock.monotonicMs();
  // Ahead of the full that it interrupts.
  const scheduled = { ...context, source: context.connection.source('scheduled') };
  const { loaded } = held.state;
  const window = await applyWindow(scheduled, held, beginningOf(held.state, news), loaded);
  const ledger = addLedgers(window.ledger, { calls: scheduled.source.calls });
  const ended = { run: newRunId(context), task: 'window' as const, ledger, startedMs };
  if (window.stopped === 'lost') return reportLost(context, held, ended);
  if (window.stopped === 'fenced') {
    return endRun(context, held, { ...ended, end: { complete: false, heldDeletions: 0, stoppedBy: 'fenced' } }, {});
  }
  const lookedAt = context.clock.now();
  // What was too long for one slice is read again from where it began: the full must come to its end.
  if (window.tooLong || window.startedAt === undefined) {
    const end = { complete: false, heldDeletions: 0, stoppedBy: 'error' } as const;
    return endRun(context, held, { ...ended, end }, { full: { ...full, news: { ...news, lookedAt } } });
  }
  const upTo = promote(news.upTo, window.startedAt, context.stream.rules);
  return endRun(
    context,
    held,
    { ...ended, end: { complete: true, heldDeletions: 0 } },
    {
      ...watermarkAfter(context, held.state, window.startedAt, loaded),
      full: { ...full, news: { upTo, lookedAt } },
      movedDone: Object.keys(held.state.pending.moved),
      cached: true,
      count: window.count,
    },
  );
}

/** What was loaded before goes on from its watermark, as it does without a full. */
function beginningOf({ loaded, watermark }: PartitionState, { upTo }: NewsRead): Instant {
  return loaded && watermark !== undefined ? watermark : upTo;
}
