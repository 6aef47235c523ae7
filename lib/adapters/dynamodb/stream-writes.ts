import { type Instant, plusMs } from '../../domain/instant.ts';
import type { StreamKey } from '../../domain/names.ts';
import type { StreamState } from '../../domain/stream.ts';
import type { HeldStream } from '../../ports/stream-store.ts';
import { compact, flag, number, optional, text } from './attributes.ts';
import { difference, unchanged } from './expression.ts';
import { streamItemKey } from './keys.ts';
import { encodeStream, STREAM_ITEM_VERSION } from './stream-item.ts';
import type { Update } from './table.ts';

// The delta's number is its fence: beginning the next one raises it, and ending demands it. The watermark, the due
// time and `loaded` may be written while a delta is under way (a walk begins or is complete, somebody asks for a run
// now), so the end demands that they still are what it was decided on; otherwise it is refused, is given the item, and
// decides again. A pause is never part of the end.

const VERSION = { v: number(STREAM_ITEM_VERSION) };
const BORN = '#v = if_not_exists(#v, :v)';

export interface Beginning {
  readonly key: StreamKey;
  readonly seen: StreamState;
  readonly owner: string;
  readonly token: string;
  readonly now: Instant;
  readonly leaseMs: number;
}

export function beginDeltaUpdate(beginning: Beginning): Update {
  const { seen, now } = beginning;
  const conditions = [
    '(attribute_not_exists(#le) OR #le <= :now)',
    'attribute_not_exists(#pa)',
    unchanged('du', seen.nextDueAt, 'due'),
  ];
  return {
    key: streamItemKey(beginning.key),
    set: [BORN, '#lo = :owner', '#le = :until', '#lt = :token'],
    add: ['#d :one'],
    condition: conditions.join(' AND '),
    values: compact({
      ...VERSION,
      owner: text(beginning.owner),
      token: text(beginning.token),
      until: number(plusMs(now, beginning.leaseMs)),
      now: number(now),
      one: number(1),
      due: optional(seen.nextDueAt, number),
    }),
  };
}

export function endDeltaUpdate(held: HeldStream, token: string, current: StreamState, next: StreamState): Update {
  const changes = difference(encodeStream(current), encodeStream(next));
  const conditions = [
    '#d = :delta',
    '#lo = :owner',
    unchanged('w', current.watermark, 'wasAt'),
    unchanged('du', current.nextDueAt, 'wasDue'),
    current.loaded ? '#ld = :wasLoaded' : 'attribute_not_exists(#ld)',
  ];
  return {
    key: streamItemKey(held.key),
    set: [...changes.set, '#ct = :token'],
    remove: [...changes.remove, '#lo', '#le', '#lt'],
    condition: conditions.join(' AND '),
    values: compact({
      ...changes.values,
      token: text(token),
      delta: number(held.delta),
      owner: text(held.owner),
      wasAt: optional(current.watermark, number),
      wasDue: optional(current.nextDueAt, number),
      wasLoaded: current.loaded ? flag(true) : undefined,
    }),
  };
}

/** A pause is there or not: lifting it removes it. */
export function setPausedUpdate(key: StreamKey, paused: boolean): Update {
  const update = { key: streamItemKey(key), set: [BORN], values: VERSION };
  if (!paused) return { ...update, remove: ['#pa'] };
  return { ...update, set: [BORN, '#pa = :paused'], values: { ...VERSION, paused: flag(true) } };
}

export function makeDueUpdate(key: StreamKey, now: Instant): Update {
  return { key: streamItemKey(key), set: [BORN, '#du = :now'], values: { ...VERSION, now: number(now) } };
}

export function markFullUpdate(key: StreamKey, at: Instant): Update {
  return { key: streamItemKey(key), set: [BORN, '#lf = :at'], values: { ...VERSION, at: number(at) } };
}

/** Refused when there is a watermark: only deltas move it, since only they read what lies before. */
export function beginFromUpdate(key: StreamKey, watermark: Instant): Update {
  return {
    key: streamItemKey(key),
    set: [BORN, '#w = :watermark'],
    condition: 'attribute_not_exists(#w)',
    values: { ...VERSION, watermark: number(watermark) },
  };
}

export function markLoadedUpdate(key: StreamKey): Update {
  return { key: streamItemKey(key), set: [BORN, '#ld = :loaded'], values: { ...VERSION, loaded: flag(true) } };
}
