import { isExclusion } from './exclusion.ts';
import type { RecordFacts, SourceFacts, Verdict, VerdictCode } from './explanation.ts';
import { type Instant, toIso } from './instant.ts';
import { compareStamps, parseStamp, type StampComparison } from './stamp.ts';
import { isTombstone } from './stored-stamp.ts';

const AUDIT = 'Ask for an audit of its partition: POST /v1/drift/{connection}/{stream}/{partition}.';
const FULL = 'Have its partition read whole: POST /v1/sync/{connection}/{stream}/{partition}.';
const WAIT = 'Nothing: it comes by itself.';
const LOOK_AT_SOURCE = 'Ask again with ?source=true: the source is asked for the record by its id.';

/** From the surest to the least sure: the first that has anything to say decides. */
const RULES: readonly ((facts: RecordFacts) => Verdict | undefined)[] = [
  ifForgotten,
  ifDamaged,
  ifMoved,
  bySource,
  ifQuarantined,
  ifRemoved,
  ifPresent,
];

/** Why a record is, or is not, in the cache. */
export function verdictOf(facts: RecordFacts): Verdict {
  for (const rule of RULES) {
    const found = rule(facts);
    if (found !== undefined) return found;
  }
  return unseen(facts);
}

function ifForgotten(facts: RecordFacts): Verdict | undefined {
  const { stored, forgotten, source } = facts;
  const limit = forgotten?.stamp ?? (stored?.path === 'forgotten' ? stored.stamp : undefined);
  if (limit === undefined) return undefined;
  if (isExclusion(limit)) return excluded(facts);
  // A version newer than the one that was erased may come back.
  if (isPresent(facts) && stored !== undefined && stored.stamp > limit) return undefined;
  if (source?.outcome === 'found' && compare(source.stamp, limit) === 'newer') return undefined;
  const at = forgotten?.at ?? stored?.at;
  const when = at === undefined ? '' : ` at ${toIso(at)}`;
  if (isPresent(facts)) return verdict('forgotten', `Its erasure was asked for${when} and is under way.`, WAIT);
  return verdict('forgotten', `It was erased on a person's wish${when}. Only a newer version comes back.`);
}

function excluded({ forgotten, stored, source }: RecordFacts): Verdict | undefined {
  const include = 'To have it back: POST /v1/include/{connection}/{stream}/{record}.';
  if (forgotten !== undefined) return verdict('excluded', `It was excluded at ${toIso(forgotten.at)}.`, include);
  if (stored === undefined || !isTombstone(stored) || source?.outcome === 'absent') return undefined;
  return verdict('behind', 'Its exclusion has ended, and it is about to be read again.', WAIT);
}

function ifDamaged({ stored, body, locator, partition }: RecordFacts): Verdict | undefined {
  if (stored !== undefined && !isTombstone(stored)) {
    if (body === 'absent') {
      return verdict('lost-in-cache', `It was written at ${toIso(stored.at)}, and its body is no longer there.`, AUDIT);
    }
    return body === 'altered'
      ? verdict('damaged', 'Its body in the cache is not the one that was written.', AUDIT)
      : undefined;
  }
  if (body !== 'absent') return verdict('damaged', 'The cache has its body, and no stamp of its version.', AUDIT);
  const lost = stored === undefined && locator !== undefined && locator.gone === undefined;
  if (!lost || locator.partition !== partition?.id) return undefined;
  return verdict('lost-in-cache', 'It was in this partition, and the cache has no trace of it there.', AUDIT);
}

function ifMoved(facts: RecordFacts): Verdict | undefined {
  const { locator, partition, source } = facts;
  if (partition === undefined) return undefined;
  const left = isPresent(facts) ? ' What is left of it here is about to be removed.' : '';
  if (locator !== undefined && locator.gone === undefined && locator.partition !== partition.id) {
    return verdict('moved', `It is in partition ${locator.partition} now.${left}`);
  }
  if (!isPresent(facts)) return undefined;
  if (source?.outcome === 'found' && source.partition !== partition.id) {
    const why = `The source has it in partition ${source.partition}, the cache still in ${partition.id}.`;
    return isLate(facts, source.modified) ? verdict('moved', why, WAIT) : verdict('moved', why, AUDIT);
  }
  return partition.leaving ? verdict('moved', 'It was found in another partition, and is about to leave.') : undefined;
}

function bySource(facts: RecordFacts): Verdict | undefined {
  switch (facts.source?.outcome) {
    case 'found':
      return bySourceVersion(facts, facts.source);
    case 'absent':
      return gone(facts);
    case 'rejected':
      return verdict('quarantined', `The source shows it in a version that cannot be applied: ${facts.source.reason}.`);
    case 'failed':
    case undefined:
      return undefined;
  }
}

function bySourceVersion(facts: RecordFacts, source: Extract<SourceFacts, { outcome: 'found' }>): Verdict {
  const { stored } = facts;
  const present = isPresent(facts);
  const version = stored === undefined ? 'newer' : compare(source.stamp, stored.stamp);
  if (present && isKept(facts, source)) {
    return verdict('in-sync', 'The cache keeps the body it has, and knows of the version that the source shows.');
  }
  const changed = `It was changed at the source at ${toIso(source.modified)}`;
  if (version === 'newer') {
    if (isLate(facts, source.modified)) {
      return verdict('behind', `${changed}, and its partition has not been read up to there for certain.`, WAIT);
    }
    if (stored === undefined) {
      return verdict('missing', `${changed}: long enough ago to be in the cache, and it is not.`, AUDIT);
    }
    return parseStamp(stored.stamp)?.modified === source.modified
      ? verdict('stale', `${changed}, and since then without a new modified time: no audit sees that.`, FULL)
      : verdict('stale', `${changed}: long enough ago to be in the cache, which has an older version.`, AUDIT);
  }
  if (!present) {
    const why = 'The source shows it again in no newer version than the one that was removed: that does not come back.';
    return verdict('removed', why, 'Change the record at the source, in whatever way.');
  }
  return version === 'same'
    ? verdict('in-sync', 'The cache has the version that the source shows.')
    : verdict('ahead', 'The source shows an older version than the cache has; the newer one is kept.');
}

function isKept({ keeps, stored }: RecordFacts, { modified }: { readonly modified: Instant }): boolean {
  return keeps === true && parseStamp(stored?.stamp ?? '')?.modified === modified;
}

function gone(facts: RecordFacts): Verdict | undefined {
  if (!isPresent(facts)) return undefined;
  return (
    held(facts, true) ?? verdict('extra', 'The source no longer finds it by its id; the cache still has it.', AUDIT)
  );
}

function ifQuarantined({ quarantined, stored }: RecordFacts): Verdict | undefined {
  if (quarantined === undefined) return undefined;
  const { modified, reason } = quarantined;
  const cached = stored && parseStamp(stored.stamp)?.modified;
  if (cached !== undefined && modified !== undefined && modified <= cached) return undefined;
  const version = modified === undefined ? 'A version of it' : `Its version of ${toIso(modified)}`;
  return verdict(
    'quarantined',
    `${version} cannot be applied: ${reason}.`,
    'Mend it at the source. It is tried again by itself, or at once: POST /v1/quarantine/{connection}/{stream}/{record}/retry.',
  );
}

function ifRemoved(facts: RecordFacts): Verdict | undefined {
  const { stored, locator } = facts;
  if (isPresent(facts)) return undefined;
  const at = stored === undefined ? locator?.gone : stored.at;
  if (at === undefined) return undefined;
  return verdict('removed', `It was found gone at the source, and left the cache at ${toIso(at)}.`);
}

function ifPresent(facts: RecordFacts): Verdict | undefined {
  if (!isPresent(facts)) return undefined;
  const { partition } = facts;
  const waiting = held(facts, false);
  if (waiting !== undefined) return waiting;
  if (partition?.pending) return verdict('behind', 'Its partition has changes that are not in the cache yet.', WAIT);
  if (partition?.loaded === false) return verdict('behind', 'Its partition is still being read as a whole.', WAIT);
  const until = partition?.horizon;
  const read = until === undefined ? '' : ` Whatever was changed up to ${toIso(until)} has been read.`;
  return verdict('in-sync', `It is in the cache.${read}`, LOOK_AT_SOURCE);
}

function held({ partition }: RecordFacts, absent: boolean): Verdict | undefined {
  const plan = partition?.heldPlan;
  if (plan === undefined || !(plan.namesRecord || absent)) return undefined;
  const why = `It was found gone at the source, and its removal is held back by plan ${plan.plan}.`;
  return verdict('held-deletion', why, `Decide: POST /v1/plans/${plan.plan}/apply or …/discard.`);
}

function unseen({ partition, stream, source }: RecordFacts): Verdict {
  if (source?.outcome === 'absent') return verdict('never-seen', 'Neither the cache nor the source has it.');
  if (!stream.loaded || partition?.loaded === false) {
    return verdict('behind', 'The cache has no trace of it, and the first load is not complete.', WAIT);
  }
  if (partition?.pending) {
    return verdict('behind', 'The cache has no trace of it, and its partition has changes yet to come.', WAIT);
  }
  return verdict('never-seen', 'The cache has no trace of it.', LOOK_AT_SOURCE);
}

function isPresent({ stored, body }: RecordFacts): boolean {
  return stored !== undefined && !isTombstone(stored) && body === 'intact';
}

/** Whether a change of that time may well be on its way. */
function isLate({ partition, stream }: RecordFacts, modified: Instant): boolean {
  if (partition === undefined) return !stream.loaded || stream.horizon === undefined || modified > stream.horizon;
  return partition.pending || !partition.loaded || partition.horizon === undefined || modified > partition.horizon;
}

function compare(candidate: string, stored: string): StampComparison {
  const [a, b] = [parseStamp(candidate), parseStamp(stored)];
  return a === undefined || b === undefined ? 'newer' : compareStamps(a, b);
}

function verdict(code: VerdictCode, why: string, advice?: string): Verdict {
  return { code, why, ...(advice === undefined ? {} : { advice }) };
}
