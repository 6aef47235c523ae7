import { createStringData, type RedisServerState } from 'js-redis-server/core';

type Database = RedisServerState['databases'][number];

/**
 * The server copies whole values where nobody looks at them, so that reading or writing one field of a hash of 100,000
 * copies the hash. This spares those copies, through public methods alone.
 */
export function spareCopies(database: Database): void {
  announceWithoutValues(database);
  copyHashesWhenLookedInto(database);
}

/** Listeners of writes (notifications, WATCH) look at the key alone, so they are given no value. */
function announceWithoutValues({ mutations }: Database): void {
  const emit = mutations.emit.bind(mutations);
  const value = createStringData(Buffer.alloc(0));
  mutations.emit = (event) => emit(event.type === 'write' ? { ...event, value } : event);
}

/** Commands ask for a copy of the hash only to learn whether there is one, and then work on the hash itself. */
function copyHashesWhenLookedInto(database: Database): void {
  const copyOf = database.getHash.bind(database);
  database.getHash = (key) => {
    if (database.getType(key) !== 'hash') return copyOf(key);
    return {
      type: 'hash',
      get fields() {
        return copyOf(key)?.fields ?? new Map();
      },
    };
  };
}
