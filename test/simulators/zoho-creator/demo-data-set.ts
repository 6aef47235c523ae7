import { type Instant, instantFromMs, plusMs } from '../../../lib/domain/instant.ts';
import { SeededRandom } from '../seeded-random.ts';
import { makeUpRegistration } from './registration-fields.ts';
import type { NewEvent, NewRegistration, SimulatedData } from './simulated-data.ts';

/** The event whose cache once held 2,355 of its 2,419 registrations. */
export const BIG_EVENT = '4433256000013547003';
export const BIG_EVENT_SIZE = 2_419;
export const EVENT_COUNT = 40;
export const REGISTRATION_COUNT = 4_383;

const TOPICS = [
  'Hội nghị AI',
  'Workshop UX',
  'Ngày hội việc làm',
  'Startup Pitch',
  'Tech Meetup',
  'Lễ ra mắt',
  'Summit',
  'Đêm gala',
];
const CITIES = ['Hà Nội', 'Đà Nẵng', 'TP. Hồ Chí Minh', 'Cần Thơ', 'Huế'];
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const HISTORY_DAYS = 90;
/** So many registrations of the big event came by one import: they share one modified time. */
const IMPORTED = 1_200;

/** Ids lie closer together than doubles of their size (512 apart), and many end in 003 or 000. */
const FIRST_REGISTRATION = 4_433_256_000_013_600_000n;
const ID_STEPS = [3n, 4n, 1n, 2n] as const;

/** 40 events, 4,383 registrations, written in the 90 days before `until`. The same seed and instant give the same data. */
export function demoDataSet(seed: number, until: Instant): SimulatedData {
  const random = new SeededRandom(seed);
  const events = Array.from({ length: EVENT_COUNT }, (_, index) => makeUpEvent(index, random, until));
  const owners = shuffle(
    events.flatMap((event, index) => Array.from({ length: sizeOf(index) }, () => event.id)),
    random,
  );
  const importedAt = plusMs(until, -20 * DAY_MS);
  let id = FIRST_REGISTRATION;
  let imported = 0;
  const registrations = owners.map((event, index): NewRegistration => {
    id += ID_STEPS[index % ID_STEPS.length] ?? 1n;
    const isImported = event === BIG_EVENT && imported < IMPORTED;
    if (isImported) imported += 1;
    const times = isImported ? { added: importedAt, modified: importedAt } : makeUpTimes(random, until);
    return { id: String(id), event, ...times, fields: makeUpRegistration(random) };
  });
  return { events, registrations };
}

function makeUpEvent(index: number, random: SeededRandom, until: Instant): NewEvent & { readonly id: string } {
  const id = BigInt(BIG_EVENT) - 3n + BigInt(index) * 500n + (index % 2 === 0 ? 3n : 500n);
  const title = `${random.pick(TOPICS)} ${random.pick(CITIES)} #${index + 1}`;
  return { id: String(id), title, added: plusMs(until, -(HISTORY_DAYS + 1) * DAY_MS + index * HOUR_MS) };
}

/** The first event is the big one, the last has nobody yet; the others share the rest in a falling row. */
export function sizeOf(index: number): number {
  if (index === 0) return BIG_EVENT_SIZE;
  if (index === EVENT_COUNT - 1) return 0;
  const others = EVENT_COUNT - 2;
  const rest = REGISTRATION_COUNT - BIG_EVENT_SIZE;
  const weights = (others * (others + 1)) / 2;
  const share = (upTo: number) => Math.round((rest * upTo * (2 * others - upTo + 1)) / 2 / weights);
  return share(index) - share(index - 1);
}

function makeUpTimes(random: SeededRandom, until: Instant): { readonly added: Instant; readonly modified: Instant } {
  const added = until - Math.floor(random.fraction() * HISTORY_DAYS * DAY_MS);
  const modified = random.integer(3) === 0 ? added + Math.floor(random.fraction() * (until - added)) : added;
  return { added: toSecond(added), modified: toSecond(modified) };
}

function toSecond(ms: number): Instant {
  return instantFromMs(Math.floor(ms / 1000) * 1000);
}

function shuffle<T>(list: readonly T[], random: SeededRandom): T[] {
  return list
    .map((element) => ({ element, place: random.fraction() }))
    .sort((a, b) => a.place - b.place)
    .map(({ element }) => element);
}
