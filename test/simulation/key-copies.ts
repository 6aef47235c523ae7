import type { InMemoryKeys } from '../fakes/in-memory-keys.ts';

/** A backup of everything a cache held. */
export interface KeysCopy {
  readonly hashes: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly sets: ReadonlyMap<string, ReadonlySet<string>>;
  readonly texts: ReadonlyMap<string, string>;
}

export function copyKeys(keys: InMemoryKeys): KeysCopy {
  const hashes = new Map<string, ReadonlyMap<string, string>>();
  const sets = new Map<string, ReadonlySet<string>>();
  const texts = new Map<string, string>();
  for (const name of keys.names()) {
    const text = keys.text(name);
    if (text !== undefined) texts.set(name, text);
    if (keys.hash(name).size > 0) hashes.set(name, new Map(keys.hash(name)));
    if (keys.set(name).size > 0) sets.set(name, new Set(keys.set(name)));
  }
  return { hashes, sets, texts };
}

/** Adds what the backup holds to an empty keyspace. */
export function restoreKeys(keys: InMemoryKeys, copy: KeysCopy): void {
  for (const [name, hash] of copy.hashes) for (const [field, value] of hash) keys.setField(name, field, value);
  for (const [name, set] of copy.sets) for (const member of set) keys.addMember(name, member);
  for (const [name, text] of copy.texts) keys.setText(name, text);
}
