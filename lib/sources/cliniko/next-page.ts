import { SourceFailure, type SourcePage } from '../../ports/source.ts';
import type { ListPage } from './cliniko-client.ts';
import { type ListPosition, writeCursor } from './cursor.ts';
import { lastIdOf } from './id-order.ts';

export interface PageRead {
  readonly position: ListPosition;
  readonly page: ListPage;
  /** How many lists the query reads. */
  readonly lists: number;
}

/** The next page of the list, or the next list. Only after the last one is a query complete. @throws SourceFailure */
export function nextOf(read: PageRead): Pick<SourcePage, 'next'> {
  const { list, asOf } = read.position;
  const onward = read.position.page === undefined ? afterIds(read) : afterNumber(read, read.position.page);
  if (onward !== undefined) return { next: writeCursor({ list, asOf, ...onward }) };
  return list + 1 < read.lists ? { next: writeCursor({ list: list + 1, asOf }) } : {};
}

type Onward = Pick<ListPosition, 'after' | 'page' | 'counted'>;

/** A list that does not come in the order of its ids cannot be gone on with by them: it is read page by page. */
function afterIds({ position: { after }, page }: PageRead): Onward | undefined {
  const last = lastIdOf(page.rows, after);
  if (last.outcome === 'disordered') {
    if (after !== undefined) return { page: 1 };
    return page.hasMore ? { page: page.number ?? 2, ...countedIn(page) } : undefined;
  }
  if (!page.hasMore) return undefined;
  if (last.id === undefined || last.id === after) throw malformed('a page without any id says that another follows');
  return { after: last.id };
}

/** Of rows that have left meanwhile it is not known which: as many pages are read again as those could have filled. */
function afterNumber({ position: { counted }, page }: PageRead, number: number): Onward | undefined {
  const left = Math.max(0, (counted ?? 0) - (page.total ?? counted ?? 0));
  if (left > 0) {
    const back = Math.ceil(left / Math.max(1, page.rows.length));
    return { page: Math.max(1, number - back), ...countedIn(page) };
  }
  if (!page.hasMore) return undefined;
  const next = page.number ?? number + 1;
  if (page.rows.length === 0 || next <= number) throw malformed('pages lead to no other');
  return { page: next, ...countedIn(page) };
}

function countedIn({ total }: ListPage): Pick<ListPosition, 'counted'> {
  return total === undefined ? {} : { counted: total };
}

function malformed(problem: string): SourceFailure {
  return new SourceFailure('source-malformed', `Cliniko: ${problem}`);
}
