const AT_ONCE = 10;

/** A bounded number of requests at once: a page of a thousand records must not look like an attack. */
export async function inTurns<T>(entries: readonly T[], work: (entry: T) => Promise<void>): Promise<void> {
  for (let from = 0; from < entries.length; from += AT_ONCE) {
    await Promise.all(entries.slice(from, from + AT_ONCE).map(work));
  }
}
