import type { SourceRecord } from '../domain/record.ts';
import type { StreamContext } from './sync-context.ts';

/** Record id → stamp. */
type Versions = Readonly<Record<string, string>>;

/**
 * Which of these records a person wanted erased, and the newest version that must not come back. Asked where a lost
 * cache is built anew; everywhere else the cache itself remembers by its tombstones.
 */
export async function forgottenAmong(
  context: StreamContext,
  records: readonly Pick<SourceRecord, 'id'>[],
): Promise<Versions> {
  if (records.length === 0) return {};
  const stream = { connection: context.connection.connection.id, stream: context.stream.name };
  const forgotten = new Map((await context.forgotten.list(stream)).map(({ record, stamp }) => [record, stamp]));
  const entries = records.flatMap(({ id }): readonly (readonly [string, string])[] => {
    const stamp = forgotten.get(id);
    return stamp === undefined ? [] : [[id, stamp]];
  });
  return Object.fromEntries(entries);
}

/** What is to leave a partition, divided into what is elsewhere now and what a person wanted erased. */
export async function divideMoved(
  context: StreamContext,
  moved: Versions,
): Promise<{ readonly removals: Versions; readonly forgotten: Versions }> {
  const forgotten = await forgottenAmong(
    context,
    Object.keys(moved).map((id) => ({ id })),
  );
  const removals = Object.fromEntries(Object.entries(moved).filter(([record]) => !Object.hasOwn(forgotten, record)));
  return { removals, forgotten };
}
