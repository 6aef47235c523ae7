import { type Answer, codeAnswer, recordsAnswer, withHeader } from './answer.ts';
import { asksForTimes, compileCriteria, type Match } from './criteria-match.ts';
import { CriteriaError } from './criteria-tokens.ts';
import type { CursorState } from './cursors.ts';
import type { RecordsQuery } from './records-query.ts';
import { EVENTS } from './report-schema.ts';
import { indexedVersion, type ReportTable } from './report-table.ts';
import { rowText, type StoredRow } from './stored-row.ts';
import type { ZohoAccount } from './zoho-account.ts';

/**
 * One page of a walk over the live rows: who is edited meanwhile is seen as edited, who is added behind the walk's
 * place is missed. The `record_cursor` header is there exactly when more rows match.
 */
export function answerPage(account: ZohoAccount, walk: CursorState): Answer {
  const { behaviour } = account;
  const { query } = walk;
  const table = tableOf(account, query);
  if (table.size === 0) return codeAnswer(400, 9220, 'No records exist in this report.', behaviour);
  try {
    const matches = matchOf(account, query);
    const rows = firstMatches(table.behind(walk.place, behaviour.order), matches, pageSize(account, query) + 1);
    if (rows.length === 0) {
      const message = 'No records found matching the given criteria. Please revise your criteria and try again.';
      return codeAnswer(behaviour.noMatchStatus, 9280, message, behaviour);
    }
    return pageOf(account, walk, rows);
  } catch (error) {
    if (!(error instanceof CriteriaError)) throw error;
    const { status, code } = behaviour.criteriaError;
    return codeAnswer(status, code, `Invalid criteria: ${error.message}`, behaviour);
  }
}

/** A record as the report shows it with `field_config=all`, to the byte. */
export function fullText(account: ZohoAccount, row: StoredRow): string {
  return rowText(row, (field) => !account.behaviour.hiddenFields.includes(field));
}

function pageOf(account: ZohoAccount, walk: CursorState, rows: readonly StoredRow[]): Answer {
  const { query, pages } = walk;
  const size = pageSize(account, query);
  const page = rows.slice(0, size);
  const shows = shownFields(account, query);
  const answer = recordsAnswer(
    page.map((row) => rowText(row, shows)),
    account.behaviour,
  );
  account.hooks.pageRead(query.report.stream, pages + 1);
  const last = page.at(-1);
  if (rows.length <= size || !last) return answer;
  const place = { hash: last.hash, id: last.id };
  return withHeader(answer, 'record_cursor', account.cursors.issue({ query, place, pages: pages + 1 }));
}

function pageSize({ behaviour }: ZohoAccount, { maxRecords }: RecordsQuery): number {
  return Math.min(maxRecords, behaviour.mostPerPage);
}

function firstMatches(rows: readonly StoredRow[], matches: (row: StoredRow) => boolean, count: number): StoredRow[] {
  const found: StoredRow[] = [];
  for (const row of rows) {
    if (matches(row)) found.push(row);
    if (found.length === count) break;
  }
  return found;
}

function matchOf(account: ZohoAccount, { criteria, report }: RecordsQuery): (row: StoredRow) => boolean {
  if (!criteria) return () => true;
  const { lookupForms, wrongLookupForm, indexLagMs } = account.behaviour;
  const match: Match = compileCriteria(criteria, { report, local: account.local, lookupForms, wrongLookupForm });
  if (indexLagMs === 0 || !asksForTimes(criteria, report)) return match;
  const now = account.clock.trueNow();
  return (row) => {
    const indexed = indexedVersion(row, now, indexLagMs);
    return indexed !== undefined && match(indexed);
  };
}

/** `custom` always shows the id; the quick view shows about half of what there is. */
function shownFields({ behaviour }: ZohoAccount, query: RecordsQuery): (field: string) => boolean {
  const hidden = query.report === EVENTS ? [] : behaviour.hiddenFields;
  const { fields } = query.report;
  const namesIn = (view: 'quick' | 'detail') =>
    fields.filter(({ views }) => views.includes(view)).map(({ name }) => name);
  const names = {
    quick_view: () => namesIn('quick'),
    detail_view: () => namesIn('detail'),
    custom: () => ['ID', ...query.fields],
    all: () => fields.map(({ name }) => name),
  }[query.fieldConfig === 'custom' && behaviour.customView === 'everything' ? 'all' : query.fieldConfig]();
  const shown = new Set(names.filter((name) => !hidden.includes(name)));
  return (field) => shown.has(field);
}

function tableOf({ store }: ZohoAccount, { report }: RecordsQuery): ReportTable {
  return report === EVENTS ? store.events : store.registrations;
}
