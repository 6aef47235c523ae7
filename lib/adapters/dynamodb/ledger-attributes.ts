import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { DRIFT_KINDS, type DriftCounts, NO_DRIFT } from '../../domain/drift.ts';
import { EMPTY_LEDGER, type Ledger } from '../../domain/ledger.ts';
import { NO_TOTALS, type PartitionTotals } from '../../domain/partition.ts';
import type { Progress } from '../../domain/progress.ts';
import { type Item, readText, text } from './attributes.ts';

// Counts are kept as one text of numbers in a fixed order, because attribute names count as bytes of the item.
// New counts are appended; missing ones read as 0, additional ones are ignored.

const LEDGER_ORDER = [
  'pages',
  'seen',
  'added',
  'updated',
  'unchanged',
  'superseded',
  'quarantined',
  'removed',
  'cacheCommands',
  'deferred',
  'calls',
] as const satisfies readonly (keyof Ledger)[];

const TOTALS_ORDER = [
  'runs',
  'succeeded',
  'failed',
  'added',
  'updated',
  'removed',
] as const satisfies readonly (keyof PartitionTotals)[];

export function encodeLedger(ledger: Ledger): AttributeValue {
  return encodeCounts(LEDGER_ORDER, ledger);
}

export function readLedger(item: Item, name: string): Ledger {
  return readCounts(item, name, LEDGER_ORDER, EMPTY_LEDGER);
}

export function encodeTotals(totals: PartitionTotals): AttributeValue {
  return encodeCounts(TOTALS_ORDER, totals);
}

export function readTotals(item: Item, name: string): PartitionTotals {
  return readCounts(item, name, TOTALS_ORDER, NO_TOTALS);
}

/** In the order of `DRIFT_KINDS`, which therefore may only grow at its end. */
export function encodeDrift(counts: DriftCounts): AttributeValue {
  return encodeCounts(DRIFT_KINDS, counts);
}

export function readDrift(item: Item, name: string): DriftCounts | undefined {
  return readText(item, name) === undefined ? undefined : readCounts(item, name, DRIFT_KINDS, NO_DRIFT);
}

const PROGRESS_ORDER = ['processed', 'total'] as const satisfies readonly (keyof Progress)[];

export function encodeProgress(progress: Progress): AttributeValue {
  return encodeCounts(PROGRESS_ORDER, progress);
}

export function readProgress(item: Item, name: string): Progress | undefined {
  const none = { processed: 0, total: 0 };
  return readText(item, name) === undefined ? undefined : readCounts(item, name, PROGRESS_ORDER, none);
}

function encodeCounts<K extends string>(order: readonly K[], counts: Readonly<Record<K, number>>): AttributeValue {
  return text(order.map((name) => counts[name]).join(' '));
}

function readCounts<K extends string, T extends Readonly<Record<K, number>>>(
  item: Item,
  name: string,
  order: readonly K[],
  zero: T,
): T {
  const stored = (readText(item, name) ?? '').split(' ').map(Number);
  const counts: Partial<Record<K, number>> = {};
  order.forEach((count, position) => {
    counts[count] = stored[position] || 0;
  });
  return { ...zero, ...counts };
}
