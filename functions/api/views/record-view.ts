import type { Locator } from '../../../lib/domain/cache-layout.ts';
import type { SourceFacts } from '../../../lib/domain/explanation.ts';
import { toIso } from '../../../lib/domain/instant.ts';
import { compareStamps, parseStamp } from '../../../lib/domain/stamp.ts';
import { isTombstone, type StoredStamp } from '../../../lib/domain/stored-stamp.ts';
import type { CachedEntry } from '../../../lib/ports/cache-entries.ts';
import type { Quarantined } from '../../../lib/ports/quarantine-store.ts';
import type { Explanation } from '../../../lib/sync/explain-record.ts';
import type { ExplanationView } from '../schemas/record.ts';
import { isoOrNull } from './run-view.ts';
import { partitionView } from './status-view.ts';

/** An explanation, without its subject's names. */
export function explanationView(explained: Explanation): Omit<ExplanationView, 'connection' | 'stream' | 'record'> {
  const { verdict, found, partition, quarantined, stream, source } = explained;
  const locator = found.entry?.locator ?? found.locator;
  const { forgotten } = found;
  return {
    verdict: verdict.code,
    why: verdict.why,
    advice: verdict.advice ?? null,
    partition: found.partition ?? null,
    cache: found.entry === undefined ? null : cachedView(found.entry),
    locator: locator === undefined ? null : locatorView(locator),
    forgotten: forgotten === undefined ? null : { partition: forgotten.partition, at: toIso(forgotten.at) },
    quarantine: quarantined === undefined ? null : quarantineView(quarantined),
    partitionStatus: partition === undefined ? null : partitionView(partition),
    streamStatus: { watermark: isoOrNull(stream.watermark), loaded: stream.loaded, paused: stream.paused },
    source: source === undefined ? null : sourceView(source, found.entry?.stored),
    looked: found.looked,
  };
}

function cachedView({ stored, body }: CachedEntry): ExplanationView['cache'] {
  const tombstone = stored !== undefined && isTombstone(stored);
  const parts = stored && parseStamp(stored.stamp);
  return {
    present: body !== 'absent',
    body,
    tombstone,
    modified: isoOrNull(parts?.modified),
    readOrder: parts?.order ?? null,
    writtenAt: isoOrNull(stored?.at),
    writtenBy: stored?.path ?? null,
  };
}

function locatorView({ partition, stamp, gone }: Locator): ExplanationView['locator'] {
  return { partition, modified: isoOrNull(parseStamp(stamp)?.modified), gone: isoOrNull(gone) };
}

function quarantineView(quarantined: Quarantined): ExplanationView['quarantine'] {
  const { reason, modified, firstAt, lastAt, attempts, retryAt } = quarantined;
  return {
    reason,
    modified: isoOrNull(modified),
    firstAt: toIso(firstAt),
    lastAt: toIso(lastAt),
    attempts,
    retryAt: toIso(retryAt),
  };
}

function sourceView(source: SourceFacts, stored: StoredStamp | undefined): ExplanationView['source'] {
  const nothing = { partition: null, modified: null, comparedWithCache: null, reason: null };
  switch (source.outcome) {
    case 'found': {
      const { outcome, partition, modified, stamp } = source;
      return { ...nothing, outcome, partition, modified: toIso(modified), comparedWithCache: compared(stamp, stored) };
    }
    case 'absent':
      return { ...nothing, outcome: source.outcome };
    case 'rejected':
      return { ...nothing, outcome: source.outcome, reason: source.reason };
    case 'failed':
      return { ...nothing, outcome: source.outcome, reason: source.code };
  }
}

function compared(stamp: string, stored: StoredStamp | undefined) {
  const [shown, cached] = [parseStamp(stamp), stored && parseStamp(stored.stamp)];
  return shown === undefined || cached === undefined ? null : compareStamps(shown, cached);
}
