import type { Instant } from '../../../lib/domain/instant.ts';
import type { RecordStore, RegistrationChange } from './record-store.ts';
import type { NewEvent, NewRegistration } from './simulated-data.ts';

/** One thing somebody does in the app. */
export type Edit =
  | ({ readonly do: 'insert' } & NewRegistration)
  | ({ readonly do: 'edit'; readonly id: string } & RegistrationChange)
  | { readonly do: 'move'; readonly id: string; readonly event: string }
  | { readonly do: 'delete'; readonly id: string }
  /** An import: `count` registrations with one modified time. */
  | { readonly do: 'bulk-insert'; readonly event: string; readonly count: number; readonly modified?: Instant }
  | ({ readonly do: 'add-event' } & NewEvent)
  | { readonly do: 'remove-event'; readonly id: string };

/** @returns the ids of what was written or removed. @throws RangeError when the edit names what does not exist */
export function applyEdit(store: RecordStore, edit: Edit): readonly string[] {
  switch (edit.do) {
    case 'insert':
      return [store.insert(edit)];
    case 'edit':
      store.change(edit.id, edit);
      return [edit.id];
    case 'move':
      store.change(edit.id, { event: edit.event });
      return [edit.id];
    case 'delete':
      store.delete(edit.id);
      return [edit.id];
    case 'bulk-insert': {
      const { event, count, modified = store.now() } = edit;
      return Array.from({ length: count }, () => store.insert({ event, added: modified, modified }));
    }
    case 'add-event':
      return [store.addEvent(edit)];
    case 'remove-event':
      store.removeEvent(edit.id);
      return [edit.id];
  }
}
