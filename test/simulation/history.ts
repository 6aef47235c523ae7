import type { PlannerJob } from '../../functions/planner/planner-job.ts';
import type { MachinerySetting } from './engine/machinery.ts';
import type { MessageFault } from './engine/message-queues.ts';
import type { FaultKind, PortFault } from './engine/port-faults.ts';
import type { Flaw } from './library/book-history.ts';
import type { CursorKind, Removals, WrongAnswer } from './library/library-server.ts';

/** What a history takes place in. */
export interface Setting extends MachinerySetting {
  readonly books: number;
  readonly pageSize: number;
  readonly cursors: CursorKind;
  readonly scansLag: boolean;
  readonly lagMs: number;
  readonly skewMs: number;
  readonly coverage: 'stream' | 'partition';
  /** Whether what asks the source has a lane of its own. */
  readonly slow: boolean;
  /** Whether books are kept in segments of their shelves; `wandering`: in another one after most changes. */
  readonly segmented: boolean | 'wandering';
  readonly failingShelf?: string;
  /** How many moved records a shelf's item remembers, until the shelf is read as a whole instead. */
  readonly movedLimit: number;
  readonly removals: Removals;
  /** Whether a book that is in the cache keeps the text it has there. */
  readonly keeps: boolean;
}

/** A change of one record. `pick` in [0, 1) says which. */
export type Change =
  | { readonly change: 'edit' | 'delete'; readonly pick: number }
  | { readonly change: 'insert'; readonly shelf: string }
  | { readonly change: 'move'; readonly pick: number; readonly shelf: string };

/** What happens at the source. */
export type SourceHappening =
  | { readonly kind: 'change'; readonly change: Change; readonly times: number }
  | { readonly kind: 'change-while-paging'; readonly change: Change; readonly passing: number }
  | { readonly kind: 'flaw'; readonly pick: number; readonly flaw: Flaw }
  | { readonly kind: 'mend'; readonly touched: boolean }
  | { readonly kind: 'answers'; readonly wrong: WrongAnswer; readonly times: number }
  | { readonly kind: 'source-down'; readonly forMs: number }
  | { readonly kind: 'hidden'; readonly shelf: string | undefined; readonly forMs: number }
  | { readonly kind: 'source-clock'; readonly byMs: number }
  | { readonly kind: 'lag'; readonly lagMs: number }
  | { readonly kind: 'cursors-expire' };

/** What happens to the cache behind everybody's back. */
export type CacheHappening =
  | { readonly kind: 'cache-flush' }
  | { readonly kind: 'cache-evicts-key' | 'cache-evicts-field'; readonly pick: number }
  | { readonly kind: 'cache-backup' | 'cache-restore' };

/** What happens to the system's workers and queues, and what people and schedules ask of it. */
export type SystemHappening =
  | { readonly kind: 'schedule'; readonly job: PlannerJob }
  | { readonly kind: 'port'; readonly fault: PortFault }
  | { readonly kind: 'message'; readonly fault: MessageFault }
  | { readonly kind: 'redrive' }
  | { readonly kind: 'force'; readonly shelf: string; readonly mode: 'incremental' | 'full' }
  | { readonly kind: 'force-stream'; readonly mode: 'incremental' | 'full' }
  | { readonly kind: 'paused'; readonly forMs: number }
  /** A webhook tells of records: of some that changed lately, or of any there ever were, under a delivery's number. */
  | { readonly kind: 'hint'; readonly picks: readonly number[]; readonly lately: boolean; readonly delivery: number }
  /** `named`: with the shelf it is on, so that nobody need have heard of it. */
  | { readonly kind: 'exclude'; readonly pick: number; readonly named: boolean }
  /** Of a record that somebody excluded before. */
  | { readonly kind: 'include'; readonly pick: number }
  /** Of the tables, which lose nothing by themselves. */
  | { readonly kind: 'tables-backup' | 'tables-restore' };

export type Happening = SourceHappening | CacheHappening | SystemHappening;

const SOURCE_KINDS: ReadonlySet<string> = new Set<SourceHappening['kind']>([
  'change',
  'change-while-paging',
  'flaw',
  'mend',
  'answers',
  'source-down',
  'hidden',
  'source-clock',
  'lag',
  'cursors-expire',
]);

export function isOfSource(happening: Happening): happening is SourceHappening {
  return SOURCE_KINDS.has(happening.kind);
}

export function isOfCache(happening: Happening): happening is CacheHappening {
  return happening.kind.startsWith('cache-');
}

/** Something that happens from outside, at its virtual time. Steps are dropped one by one to find those that matter. */
export type Step = Happening & { readonly number: number; readonly atMs: number };

/** One world and everything that happens to it. */
export interface History {
  readonly seed: number;
  readonly setting: Setting;
  readonly steps: readonly Step[];
  /** Virtual time at which faults stop. */
  readonly quietAtMs: number;
}

/** Ways in which histories go wrong; each can be left out or asked for alone. */
export const FAULT_FAMILIES = ['ports', 'messages', 'source', 'cache', 'hidden', 'clock', 'flaws', 'schedule'] as const;
/** What nothing promises to heal yet: only when asked for. */
export const OTHER_FAMILIES = ['tables'] as const;
export type FaultFamily = (typeof FAULT_FAMILIES)[number] | (typeof OTHER_FAMILIES)[number];

export const SHELVES = ['a', 'b', 'c', 'd', 'e'] as const;

export const FAULT_KINDS: readonly FaultKind[] = [
  'killed-before',
  'killed-after',
  'killed-late',
  'paused-before',
  'paused-after',
  'failed-before',
  'failed-after',
  'failed-late',
];
