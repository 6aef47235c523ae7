import { applyEdit, type Edit } from './edits.ts';
import { eventOf } from './record-store.ts';
import { makeUpNotes } from './registration-fields.ts';
import type { StoredRow } from './stored-row.ts';
import type { ZohoAccount } from './zoho-account.ts';

export interface EditingOptions {
  readonly everyMs: number;
  /** Uniform in [0, 1); the simulator's own seeded chance by default. */
  readonly random?: () => number;
  /** The share of deletions; none by default. */
  readonly deletes?: number;
}

export interface BatchSize {
  readonly changes: number;
  readonly events: number;
}

/** People at work in the app: one random edit every `everyMs`. @returns how to stop it */
export function startEditing(account: ZohoAccount, options: EditingOptions): () => void {
  const random = options.random ?? (() => account.random.fraction());
  const timer = setInterval(() => {
    const edit = randomEdit(account, random, options.deletes ?? 0);
    if (edit) applyEdit(account.store, edit);
  }, options.everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** Edits `changes` registrations, spread evenly over `events` events. @returns their ids. @throws RangeError when there are too few */
export function changeBatch(account: ZohoAccount, { changes, events }: BatchSize): readonly string[] {
  const perEvent = Math.ceil(changes / events);
  const rowsByEvent = Map.groupBy(account.store.registrations.all(), (row) => eventOf(row) ?? '');
  const candidates = [...rowsByEvent].filter(([event, rows]) => event !== '' && rows.length >= perEvent);
  if (candidates.length < events) throw new RangeError(`fewer than ${events} events with ${perEvent} registrations`);
  const groups = account.random.sample(candidates, events).map(([, rows]) => account.random.sample(rows, perEvent));
  const ids = Array.from({ length: perEvent }, (_, place) => groups.map((rows) => rows[place]?.id))
    .flat()
    .filter((id) => id !== undefined)
    .slice(0, changes);
  for (const id of ids) applyEdit(account.store, { do: 'edit', id, fields: freshFields(account) });
  return ids;
}

function randomEdit(account: ZohoAccount, random: () => number, deletes: number): Edit | undefined {
  const choice = random();
  const row = pick(account.store.registrations.all(), random);
  const event = pick(account.store.events.all(), random);
  if (!event) return undefined;
  if (!row || choice < 0.4) return { do: 'insert', event: event.id };
  if (choice >= 1 - deletes) return { do: 'delete', id: row.id };
  if (choice < 0.5) return { do: 'move', id: row.id, event: event.id };
  return { do: 'edit', id: row.id, fields: freshFields(account) };
}

/** Content that no version before had. */
function freshFields({ random }: ZohoAccount): { readonly Status: string; readonly Notes: string } {
  return {
    Status: random.pick(['Confirmed', 'Pending', 'Cancelled']),
    Notes: `${random.hex(6)} ${makeUpNotes(random)}`,
  };
}

function pick(rows: readonly StoredRow[], random: () => number): StoredRow | undefined {
  return rows[Math.floor(random() * rows.length)];
}
