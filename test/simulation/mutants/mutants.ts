/** One change of a source text. */
export interface Patch {
  /** From the project's root. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

/** A mistake somebody might make, and how many seeds it takes at most until a monitor tells. */
export interface Mutant {
  readonly name: string;
  readonly patches: readonly Patch[];
  /** @default 1 */
  readonly first?: number;
  readonly seeds: number;
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: "the watermark is this machine's time at the end",
    patches: [
      {
        file: 'lib/sync/read-delta.ts',
        find: 'complete ? promote(this.#watermark, startedAt, rules)',
        replace: 'complete ? this.#context.clock.now()',
      },
    ],
    seeds: 40,
  },
  {
    name: 'reads begin strictly after the watermark',
    patches: [
      {
        file: 'lib/domain/window.ts',
        find: 'return plusMs(watermark, -rule.overlapMs);',
        replace: 'return plusMs(watermark, rule.settleMs * 0 + 1);',
      },
    ],
    seeds: 40,
  },
  {
    name: 'reads begin at the watermark, without an overlap',
    patches: [
      {
        file: 'lib/domain/window.ts',
        find: 'return plusMs(watermark, -rule.overlapMs);',
        replace: 'return plusMs(watermark, rule.settleMs * 0);',
      },
    ],
    seeds: 40,
  },
  {
    name: 'the cache checks no fence',
    patches: [
      { file: 'test/fakes/in-memory-apply.ts', find: 'Number(stored) > fence)', replace: 'Number(stored) < 0)' },
    ],
    seeds: 40,
  },
  {
    name: 'the table checks no fence',
    patches: [
      {
        file: 'test/fakes/in-memory-partition-store.ts',
        find: 'return entry?.state.fence === held.fence && entry.state.lease?.owner === held.owner ? entry : undefined;',
        replace: 'return entry;',
      },
    ],
    seeds: 40,
  },
  {
    name: 'a delta is closed before its records are written',
    patches: [
      {
        file: 'lib/sync/apply-inline.ts',
        find: 'const loaded = await isLoaded(context, held.state);',
        replace:
          'const loaded = await isLoaded(context, held.state); await context.partitions.commit(held, { applied: [task.delta] });',
      },
    ],
    seeds: 40,
  },
  {
    name: 'a scan counts as complete after its first page',
    patches: [
      {
        file: 'lib/sync/read-full.ts',
        find: "phase: page.next === undefined ? 'finish' : 'read',",
        replace: "phase: 'finish',",
      },
    ],
    seeds: 20,
  },
  {
    name: 'whoever writes last wins',
    patches: [
      {
        file: 'lib/domain/stamp.ts',
        find: "return candidate.modified > stored.modified ? 'newer' : 'older';",
        replace: "return 'newer';",
      },
    ],
    seeds: 60,
  },
  {
    name: 'a long delta forgets where to go on',
    patches: [
      { file: 'lib/sync/begin-delta.ts', find: 'checkpoint: report.checkpoint ?? null', replace: 'checkpoint: null' },
    ],
    seeds: 40,
  },
  {
    name: 'the watermark moves before the last page',
    patches: [
      {
        file: 'lib/sync/read-delta.ts',
        find: 'complete ? promote(this.#watermark, startedAt, rules) : this.#watermark',
        replace: 'promote(this.#watermark, startedAt, rules)',
      },
    ],
    seeds: 40,
  },
  {
    name: 'applying one delta closes every other',
    patches: [
      {
        file: 'lib/sync/apply-inline.ts',
        find: 'applied: [task.delta],',
        replace: 'applied: held.state.pending.open,',
      },
    ],
    seeds: 100,
  },
  {
    name: 'a late message is applied without a look at the partition',
    patches: [
      {
        file: 'lib/domain/partition-step.ts',
        find: "if (!state.pending.open.includes(task.delta)) return 'nothing';",
        replace: '',
      },
      { file: 'lib/domain/partition-step.ts', find: 'task.order > state.scanOrder', replace: 'true' },
      {
        file: 'test/fakes/in-memory-apply.ts',
        find: "if (at.gone !== undefined) return compare(stamp, at.stamp) === 'newer';",
        replace: 'if (at.gone !== undefined) return true;',
      },
    ],
    first: 20,
    seeds: 40,
  },
  {
    name: 'what was handed out is remembered by its id alone',
    patches: [
      {
        file: 'lib/domain/handed-out.ts',
        find: 'versionHash(record: SourceRecord): string {\n  return short(',
        replace: 'versionHash(record: SourceRecord): string {\n  return record.id !== "" ? short(record.id) : short(',
      },
    ],
    seeds: 40,
  },
  {
    name: 'what a scan did not see is gone, whatever the query by id says',
    patches: [
      {
        file: 'lib/sync/confirm-gone.ts',
        find: 'const kept = new Set([',
        replace: 'const kept = new Set([]); void ([',
      },
    ],
    seeds: 100,
  },
  {
    name: 'a query by id is believed though it does not find what is surely there',
    patches: [
      {
        file: 'lib/sync/confirm-gone.ts',
        find: 'removals.length === 0 || witness === undefined',
        replace: 'removals.length >= 0 || witness === undefined',
      },
    ],
    seeds: 120,
  },
  {
    name: 'audits keep their place where walks and fulls keep theirs',
    patches: [{ file: 'lib/domain/names.ts', find: 'return `*audit:', replace: 'return `' }],
    seeds: 20,
  },
  {
    name: 'what has left is told to those alone who read a message',
    patches: [
      {
        file: 'lib/sync/apply-window.ts',
        find: 'removed: page?.removed,',
        replace: 'removed: [],',
      },
    ],
    seeds: 40,
  },
  {
    name: 'what goes to another segment stays in the one it was in',
    patches: [
      {
        file: 'test/fakes/in-memory-bodies.ts',
        find: 'for (const name of this.#names(old)) this.#keys.dropField(name, id);',
        replace: '',
      },
    ],
    seeds: 40,
  },
  {
    name: 'what is excluded leaves like anything else',
    patches: [
      {
        file: 'lib/sync/forgotten-among.ts',
        find: '!isExclusion(stamp))),\n    forgotten,',
        replace: '!isExclusion(stamp)).concat(Object.entries(forgotten))),\n    forgotten: {},',
      },
    ],
    seeds: 100,
  },
  {
    name: 'a lost cache is built anew without a look at what was excluded',
    patches: [
      {
        file: 'lib/sync/read-full.ts',
        find: 'forgotten: await forgottenAmong(context, page.records),',
        replace: 'forgotten: await forgottenAmong(context, []),',
      },
      {
        file: 'lib/sync/walk-stream.ts',
        find: 'await forgottenAmong(context, page.records);',
        replace: 'await forgottenAmong(context, []);',
      },
    ],
    seeds: 200,
  },
  {
    name: 'a read of everything writes what the stream is to keep',
    patches: [
      {
        file: 'lib/sync/apply-records.ts',
        find: 'keepsBodies(context.stream) ?',
        replace: "keepsBodies(context.stream) && work.path !== 'full' ?",
      },
    ],
    seeds: 60,
  },
];
