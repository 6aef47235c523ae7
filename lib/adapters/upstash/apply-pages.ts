import { stampOf } from '../../domain/record.ts';
import type { ApplyRequest } from '../../ports/cache.ts';

/** What one script call writes. */
export interface ApplyPage {
  readonly records: readonly PreparedRecord[];
  readonly removals: readonly Removal[];
  readonly forgotten: readonly Removal[];
  /** Whether it is the request's last: only then are readers told that all of it is there. */
  readonly last: boolean;
}

export type Removal = readonly [record: string, stamp: string];

export interface PreparedRecord {
  readonly id: string;
  readonly stamp: string;
  readonly body: string;
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
    const of = (forget: boolean) => leaving.filter((one) => one.forget === forget).map(({ removal }) => removal);
    return { records: recordPages[index] ?? [], removals: of(false), forgotten: of(true), last: index === count - 1 };
  });
  return { pages, tooLarge: [...tooLarge] };
}

interface Leaving {
  readonly removal: Removal;
  readonly forget: boolean;
}

/** No record is both removed and forgotten: forgetting it removes it. */
function leavingOf({ removals = {}, forgotten = {} }: ApplyRequest): readonly Leaving[] {
  const removed = Object.entries(removals).filter(([record]) => !Object.hasOwn(forgotten, record));
  return [
    ...removed.map((removal) => ({ removal, forget: false })),
    ...Object.entries(forgotten).map((removal) => ({ removal, forget: true })),
  ];
}

/** The stamp is that of the body as it is stored, so that the two can be compared later. */
function prepare(request: ApplyRequest, record: ApplyRequest['records'][number]): PreparedRecord {
  const body = wellFormed(record.body);
  return {
    id: record.id,
    stamp: stampOf(body === record.body ? record : { ...record, body }, request.order, request.asOf),
    body,
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
