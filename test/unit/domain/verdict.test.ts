import { describe, expect, it } from 'vitest';
import { exclusionStamp } from '../../../lib/domain/exclusion.ts';
import { type PartitionFacts, type RecordFacts, VERDICTS } from '../../../lib/domain/explanation.ts';
import { type Instant, instantFromMs, plusMs } from '../../../lib/domain/instant.ts';
import { formatStamp } from '../../../lib/domain/stamp.ts';
import type { StoredStamp, WritePath } from '../../../lib/domain/stored-stamp.ts';
import { verdictOf } from '../../../lib/domain/verdict.ts';

const NOW = instantFromMs(1_795_243_620_000);
const minutesAgo = (minutes: number): Instant => plusMs(NOW, -minutes * 60_000);
const HORIZON = minutesAgo(10);
const OLD = minutesAgo(60);

function stamp(modified: Instant, order = 5): string {
  return formatStamp({ modified, order, settled: true, hash: `${order}`.padStart(16, '0'), identity: '0'.repeat(12) });
}

function stored(modified = OLD, path: WritePath = 'full'): StoredStamp {
  return { stamp: stamp(modified), path, at: modified };
}

const PARTITION: PartitionFacts = { id: 'a', loaded: true, pending: false, leaving: false, horizon: HORIZON };

/** A record that is in the cache as it should be. */
const PRESENT: RecordFacts = {
  partition: PARTITION,
  stored: stored(),
  body: 'intact',
  locator: { partition: 'a' },
  stream: { loaded: true, horizon: HORIZON },
};

/** One that nobody has ever heard of. */
const NOTHING: RecordFacts = { body: 'absent', stream: { loaded: true, horizon: HORIZON } };

/** One that was found gone. */
const GONE: RecordFacts = {
  ...PRESENT,
  body: 'absent',
  stored: stored(OLD, 'gone'),
  locator: { partition: 'a', gone: OLD },
};

const without = ({ locator: _locator, stored: _stored, ...facts }: RecordFacts): RecordFacts => facts;
const within = (change: Partial<PartitionFacts>, facts = PRESENT): RecordFacts => ({
  ...facts,
  partition: { ...PARTITION, ...change },
});
const shown = (modified: Instant, partition = 'a', order = 5) =>
  ({ outcome: 'found', partition, modified, stamp: stamp(modified, order) }) as const;
const forgotten = { stamp: stamp(OLD), at: minutesAgo(1) };
const excluded = { stamp: exclusionStamp(NOW), at: NOW };
const heldPlan = { plan: '0mi8k2f5c-q3v9x0ab', namesRecord: true };

const CASES: readonly (readonly [string, RecordFacts, string, RegExp])[] = [
  ['is there and nothing is pending', PRESENT, 'in-sync', /in the cache/],
  ['is there as the source shows it', { ...PRESENT, source: shown(OLD) }, 'in-sync', /version that the source shows/],
  [
    'is there in a newer version than the source shows',
    { ...PRESENT, source: shown(minutesAgo(90)) },
    'ahead',
    /older version than the cache/,
  ],
  ['was changed a moment ago', { ...PRESENT, source: shown(minutesAgo(2)) }, 'behind', /changed at the source/],
  ['was changed long ago', { ...PRESENT, source: shown(minutesAgo(30)) }, 'stale', /older version/],
  [
    'was changed within its second or without a new modified time, and read later',
    { ...PRESENT, source: shown(OLD, 'a', 9) },
    'stale',
    /without a new modified time/,
  ],
  [
    'was changed long ago, and its partition has changes pending',
    { ...within({ pending: true }), source: shown(minutesAgo(30)) },
    'behind',
    /has not been read/,
  ],
  ['is in a partition with changes pending', within({ pending: true }), 'behind', /changes/],
  ['is in a partition that is being loaded', within({ loaded: false }), 'behind', /being read/],
  ['is gone at the source', { ...PRESENT, source: { outcome: 'absent' } }, 'extra', /no longer finds/],
  [
    'is gone at the source, and a plan holds its partition',
    { ...within({ heldPlan: { ...heldPlan, namesRecord: false } }), source: { outcome: 'absent' } },
    'held-deletion',
    /0mi8k2f5c-q3v9x0ab/,
  ],
  ['is named by a plan', within({ heldPlan }), 'held-deletion', /held back/],
  [
    'is not named by the plan of its partition',
    within({ heldPlan: { ...heldPlan, namesRecord: false } }),
    'in-sync',
    /./,
  ],
  [
    'has a newer version in quarantine',
    { ...PRESENT, quarantined: { reason: 'too-large' } },
    'quarantined',
    /too-large/,
  ],
  [
    'has an older version in quarantine',
    { ...PRESENT, quarantined: { reason: 'too-large', modified: minutesAgo(70) } },
    'in-sync',
    /./,
  ],
  ['is in quarantine alone', { ...NOTHING, quarantined: { reason: 'malformed' } }, 'quarantined', /malformed/],
  [
    'is shown by the source as no record can be',
    { ...NOTHING, source: { outcome: 'rejected', reason: 'bad-partition' } },
    'quarantined',
    /bad-partition/,
  ],
  [
    'is in quarantine, and the source shows it healthy and new',
    { ...PRESENT, quarantined: { reason: 'malformed' }, source: shown(minutesAgo(2)) },
    'behind',
    /./,
  ],
  ['was found gone', GONE, 'removed', /left the cache at/],
  ['has no trace in the partition that was looked in', without(GONE), 'never-seen', /no trace/],
  [
    'was found gone, and has a locator and no stamp',
    { ...NOTHING, locator: { partition: 'a', gone: OLD } },
    'removed',
    /left the cache at/,
  ],
  ['was found gone, and is shown again as it was', { ...GONE, source: shown(OLD) }, 'removed', /no newer version/],
  ['was found gone, and came back newer', { ...GONE, source: shown(minutesAgo(30)) }, 'stale', /./],
  ['was erased', { ...GONE, stored: stored(OLD, 'forgotten'), forgotten }, 'forgotten', /erased on a person's wish/],
  ['was erased, and the cache has lost even that', { ...NOTHING, forgotten }, 'forgotten', /erased/],
  ['is excluded', { ...NOTHING, forgotten: excluded }, 'excluded', /was excluded at/],
  ['is excluded, whatever the source shows', { ...NOTHING, forgotten: excluded, source: shown(NOW) }, 'excluded', /./],
  [
    'is excluded no longer, and not read yet',
    { ...GONE, stored: { ...stored(OLD, 'forgotten'), stamp: excluded.stamp } },
    'behind',
    /exclusion has ended/,
  ],
  ['is being erased', { ...within({ leaving: true }), forgotten }, 'forgotten', /under way/],
  [
    'was erased, and a newer version is there',
    { ...PRESENT, stored: stored(minutesAgo(30)), forgotten },
    'in-sync',
    /in the cache/,
  ],
  [
    'was erased, and the source has a newer version',
    { ...NOTHING, forgotten, source: shown(minutesAgo(30)) },
    'missing',
    /./,
  ],
  ['has a stamp and no body', { ...PRESENT, body: 'absent' }, 'lost-in-cache', /no longer there/],
  [
    'has a locator and nothing else',
    { ...without(PRESENT), body: 'absent', locator: { partition: 'a' } },
    'lost-in-cache',
    /no trace/,
  ],
  ['has another body than was written', { ...PRESENT, body: 'altered' }, 'damaged', /not the one/],
  ['has a body and no stamp', without(PRESENT), 'damaged', /no stamp/],
  ['is found in another partition', { ...PRESENT, locator: { partition: 'b' } }, 'moved', /partition b now/],
  ['is to leave, because it was found elsewhere', within({ leaving: true }), 'moved', /another partition/],
  [
    'is elsewhere at the source',
    { ...PRESENT, source: shown(minutesAgo(2), 'b') },
    'moved',
    /source has it in partition b/,
  ],
  ['is missing', { ...NOTHING, source: shown(minutesAgo(30)) }, 'missing', /long enough ago/],
  ['is new', { ...NOTHING, source: shown(minutesAgo(2)) }, 'behind', /./],
  [
    'is asked for before the first load is complete',
    { ...NOTHING, stream: { loaded: false }, source: shown(OLD) },
    'behind',
    /./,
  ],
  ['has no trace while the first load goes on', { ...NOTHING, stream: { loaded: false } }, 'behind', /first load/],
  [
    'has no trace in a partition with changes pending',
    { ...within({ pending: true }, NOTHING) },
    'behind',
    /yet to come/,
  ],
  ['has no trace', NOTHING, 'never-seen', /no trace/],
  ['has no trace anywhere', { ...NOTHING, source: { outcome: 'absent' } }, 'never-seen', /Neither/],
  [
    'is asked for at a source that fails',
    { ...PRESENT, source: { outcome: 'failed', code: 'source-unavailable' } },
    'in-sync',
    /./,
  ],
];

describe('the verdict about a record that', () => {
  it.each(CASES)('%s', (_, facts, code, why) => {
    const verdict = verdictOf(facts);
    expect(verdict.code).toBe(code);
    expect(verdict.why).toMatch(why);
  });

  it('is of every kind in some case', () => {
    expect(new Set(CASES.map(([, , code]) => code))).toEqual(new Set(VERDICTS));
  });

  it('needs something done says what', () => {
    const silent = CASES.filter(([, facts]) => verdictOf(facts).advice === undefined).map(([, , code]) => code);
    expect(new Set(silent)).toEqual(
      new Set(['in-sync', 'ahead', 'quarantined', 'removed', 'forgotten', 'moved', 'never-seen']),
    );
  });
});
