import { NO_SEGMENT } from '../../domain/cache-layout.ts';
import { stampOf } from '../../domain/record.ts';
import type { Stamp } from '../../domain/stamp.ts';
import type { ApplyRequest, Left } from '../../ports/cache-apply.ts';

/** What one script call writes. */
export interface ApplyPage {
  readonly records: readonly PreparedRecord[];
  readonly removals: readonly Removal[];
  readonly forgotten: readonly Removal[];
  readonly left: readonly (readonly [record: string, left: Left])[];
  readonly included: readonly string[];
  /** Whether it is the request's last: only then are readers told that all of it is there. */
  readonly last: boolean;
}

export type Removal = readonly [record: string, stamp: string];

export interface PreparedRecord {
  readonly id: string;
  readonly stamp: string;
  readonly body: string;
  /** `NO_SEGMENT` where the stream has none. */
  readonly segment: string;
}

export interface ApplyPlan {
  readonly pages: readonly ApplyPage[];
  /** Ids of records that fit into no page. */
  readonly tooLarge: readonly string[];
}

/** Lua unpacks fewer than 8,000 values: a page of records and one of removals together stay below 4,200. */
const PAGE_RECORDS = 1_000;
/** Upstash takes requests of 10 MB; the rest is for keys, ids and stamps. */
const PAGE_BYTES = 8_000_000;

/** Cuts a request into pages by count and bytes; what leaves goes with the last pages, after every record. */
export function planPages(request: ApplyRequest): ApplyPlan {
  const records = request.records.map((record) => prepare(request, record));
  const bytesOf = measure(records);
  const tooLarge = new Set(records.filter((record) => bytesOf(record) > PAGE_BYTES).map(({ id }) => id));
  const fitting = tooLarge.size === 0 ? records : records.filter(({ id }) => !tooLarge.has(id));
  const recordPages = cutPages(fitting, bytesOf);
  const leavingPages = cutPages(leavingOf(request), () => 0);
  const firstLeaving = Math.max(0, recordPages.length - 1);
  const count = Math.max(1, recordPages.length, firstLeaving + leavingPages.length);
  const pages = Array.from({ length: count }, (_, index) => {
    const leaving = leavingPages[index - firstLeaving] ?? [];
    const last = index === count - 1;
    return { records: recordPages[index] ?? [], ...divide(leaving), last };
  });
  return { pages, tooLarge: [...tooLarge] };
}

type Leaving =
  | { readonly how: 'removed' | 'forgotten'; readonly removal: Removal }
  | { readonly how: 'left'; readonly removal: readonly [record: string, left: Left] }
  | { readonly how: 'included'; readonly record: string };

/** No record leaves in two ways: what is forgotten stays forgotten, and what has left need not be removed. */
function leavingOf({ removals = {}, forgotten = {}, left = {}, included = [] }: ApplyRequest): readonly Leaving[] {
  const has = (entries: object, record: string): boolean => Object.hasOwn(entries, record);
  const removed = Object.entries(removals).filter(([record]) => !has(forgotten, record) && !has(left, record));
  const gone = Object.entries(left).filter(([record]) => !has(forgotten, record));
  const erased = Object.entries(forgotten).map(
    ([record, stamp]): Removal => [record, laterOf(stamp, left[record]?.stamp ?? stamp)],
  );
  return [
    ...removed.map((removal) => ({ how: 'removed', removal }) as const),
    ...erased.map((removal) => ({ how: 'forgotten', removal }) as const),
    ...gone.map((removal) => ({ how: 'left', removal }) as const),
    ...included.map((record) => ({ how: 'included', record }) as const),
  ];
}

function laterOf(a: Stamp, b: Stamp): Stamp {
  if (a > b) return a;
  return b;
}

function divide(leaving: readonly Leaving[]): Omit<ApplyPage, 'records' | 'last'> {
  return {
    removals: leaving.flatMap((one) => (one.how === 'removed' ? [one.removal] : [])),
    forgotten: leaving.flatMap((one) => (one.how === 'forgotten' ? [one.removal] : [])),
    left: leaving.flatMap((one) => (one.how === 'left' ? [one.removal] : [])),
    included: leaving.flatMap((one) => (one.how === 'included' ? [one.record] : [])),
  };
}

/** The stamp is that of the body as it is stored, so that the two can be compared later. */
function prepare(request: ApplyRequest, record: ApplyRequest['records'][number]): PreparedRecord {
  const body = wellFormed(record.body);
  return {
    id: record.id,
    stamp: stampOf(body === record.body ? record : { ...record, body }, request.order, request.asOf),
    body,
    segment: request.layout.segmented === true ? (record.segment ?? NO_SEGMENT) : NO_SEGMENT,
  };
}

/** Cuts a list into what one request can carry. */
export function cutPages<T>(items: readonly T[], bytesOf: (item: T) => number): readonly (readonly T[])[] {
  const pages: T[][] = [];
  let page: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = bytesOf(item);
    if (page.length > 0 && (page.length === PAGE_RECORDS || bytes + size > PAGE_BYTES)) {
      pages.push(page);
      page = [];
      bytes = 0;
    }
    page.push(item);
    bytes += size;
  }
  return page.length > 0 ? [...pages, page] : pages;
}

/** No character takes more bytes inside the request's JSON: `\u0000`. */
const MAX_BYTES_PER_UNIT = 6;

/** Bytes that bodies take inside the request's JSON; not looked at where they cannot matter. */
function measure(records: readonly PreparedRecord[]): (record: PreparedRecord) => number {
  const units = records.reduce((sum, { body }) => sum + body.length, 0);
  if (units * MAX_BYTES_PER_UNIT <= PAGE_BYTES) return () => 0;
  const bytes = new Map(records.map((record) => [record, Buffer.byteLength(JSON.stringify(record.body))]));
  return (record) => bytes.get(record) ?? 0;
}

/**
 * A lone surrogate cannot be written in UTF-8. Within JSON, which a body is, its escape says the same; everything else
 * is written as it came.
 */
function wellFormed(body: string): string {
  if (body.isWellFormed()) return body;
  return body.replace(/\p{Surrogate}/gu, (lone) => `\\u${lone.charCodeAt(0).toString(16)}`);
}
