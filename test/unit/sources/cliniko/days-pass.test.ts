import { describe, expect, it } from 'vitest';
import { type Instant, instantFromMs, plusMs } from '../../../../lib/domain/instant.ts';
import { Mirror } from '../../../contract/source/mirror.ts';
import { ManualClock } from '../../../fakes/manual-clock.ts';
import { STREAMS, type StreamName } from '../../../simulators/cliniko/cliniko-control.ts';
import { SeededRandom } from '../../../simulators/seeded-random.ts';
import { type ClinicOptions, SimulatedClinic } from '../../../support/simulated-clinic.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const OVERLAP_MS = 300_000;
const SETTLE_MS = 2_000;
/** Melbourne sets its clocks forward on 4 October. */
const BEGIN = instantFromMs(Date.parse('2026-09-18T20:00:00Z'));

async function readInto(
  mirror: Mirror,
  clinic: SimulatedClinic,
  stream: StreamName,
  since?: Instant,
): Promise<Instant> {
  let cursor: string | undefined;
  let startedAt: Instant | undefined;
  do {
    const query = { stream, partition: 'clinic', ...(since === undefined ? {} : { since }) };
    const page = await clinic.source.read(query, cursor);
    mirror.apply(page);
    startedAt ??= page.servedAt;
    cursor = page.next;
  } while (cursor !== undefined);
  return plusMs(startedAt, -SETTLE_MS);
}

/** One thing that happens at the desk: most of it to what is in scope, some to what is not. */
function somethingHappens(clinic: SimulatedClinic, random: SeededRandom, known: string[]): void {
  const { desks } = clinic.control;
  const anyTime = () => clinic.account.wallMs() + (random.integer(80) - 20) * DAY_MS + random.integer(96) * 900_000;
  const choice = random.integer(10);
  const patient = random.sample(desks.patients.records(), 1)[0];
  const appointment = random.sample(known, 1)[0];
  if (choice < 2 || appointment === undefined || patient === undefined) {
    desks.patients.insert();
    known.push(desks.appointments.book(anyTime()));
  } else if (choice < 5) desks.appointments.reschedule(appointment, anyTime());
  else if (choice === 5) desks.appointments.leave(appointment, random.pick(['cancelled', 'archived'] as const));
  else if (choice === 6) desks.appointments.comeBack(appointment);
  else if (choice === 7) desks.patients.edit(patient.id);
  else if (choice === 8) desks.patients.remove(patient.id);
  else {
    desks.appointments.leave(appointment, 'deleted');
    known.splice(known.indexOf(appointment), 1);
  }
}

async function expectEqualAsDaysPass(options: Omit<ClinicOptions, 'clock'>): Promise<number> {
  const clock = new ManualClock(BEGIN);
  const clinic = new SimulatedClinic({ clock, ...options });
  const random = new SeededRandom(options.seed ?? 1);
  const known: string[] = [];
  for (let number = 0; number < 60; number += 1) somethingHappens(clinic, random, known);
  clock.advance(60_000);
  const mirrors = STREAMS.map((stream) => ({ stream, mirror: new Mirror() }));
  const watermarks = new Map<StreamName, Instant>();
  for (const { stream, mirror } of mirrors) watermarks.set(stream, await readInto(mirror, clinic, stream));
  let compared = 0;
  while (clock.now() < BEGIN + 40 * DAY_MS) {
    for (let count = random.integer(4); count > 0; count -= 1) {
      clock.advance(random.integer(HOUR_MS) + 1_000);
      somethingHappens(clinic, random, known);
    }
    clock.advance(random.integer(9 * HOUR_MS) + 60_000);
    for (const { stream, mirror } of mirrors) {
      const since = plusMs(watermarks.get(stream) ?? BEGIN, -OVERLAP_MS);
      watermarks.set(stream, await readInto(mirror, clinic, stream, since));
      const held = new Map([...mirror.records()].map(([id, { body }]) => [id, body]));
      const truth = new Map(clinic.control.records(stream).map(({ id, body }) => [id, body]));
      expect(held).toEqual(truth);
      compared += truth.size;
    }
  }
  return compared;
}

describe('deltas alone, one watermark to a stream', () => {
  it.each([1, 2])('keep a cache equal for forty days of moving, leaving and coming back (%i)', async (seed) => {
    expect(await expectEqualAsDaysPass({ seed })).toBeGreaterThan(500);
  });

  it('do so with small pages, ids that are numbers, and lists that show what has left too', async () => {
    const behaviour = { mostPerPage: 3, idsAs: 'number', plainListsShowGone: true } as const;
    expect(await expectEqualAsDaysPass({ seed: 5, behaviour })).toBeGreaterThan(500);
  });

  it('do so where leaving does not count as a change, when they ask by the times of leaving', async () => {
    const settings = { newsBy: { deleted: 'deleted_at', archived: 'archived_at', cancelled: 'cancelled_at' } };
    const behaviour = { leavingTouches: false };
    expect(await expectEqualAsDaysPass({ seed: 6, behaviour, settings })).toBeGreaterThan(500);
  });
});

describe('a full', () => {
  it('tells by itself what has left as days passed, so that no absence has to be believed', async () => {
    const clock = new ManualClock(BEGIN);
    const clinic = new SimulatedClinic({ clock });
    const mirror = new Mirror();
    for (let hour = -7 * 24; hour < 72; hour += 5)
      clinic.control.desks.appointments.book(BEGIN + hour * HOUR_MS, DAY_MS);
    await readInto(mirror, clinic, 'appointments');
    clock.advance(5 * DAY_MS);
    const before = mirror.records().size;
    await readInto(mirror, clinic, 'appointments');
    expect(mirror.records().size).toBeLessThan(before);
    expect([...mirror.records().keys()]).toEqual(clinic.control.records('appointments').map(({ id }) => id));
  });
});

describe('reading while rows move', () => {
  it('passes over none of a thousand rows of one instant, whatever is edited or leaves meanwhile', async () => {
    const clock = new ManualClock(BEGIN);
    const clinic = new SimulatedClinic({ clock, behaviour: { mostPerPage: 50 } });
    const { patients } = clinic.control.desks;
    const ids = Array.from({ length: 1_000 }, () => patients.insert(DAY_MS));
    const seen = new Set<string>();
    const gone = new Set<string>();
    let cursor: string | undefined;
    let pages = 0;
    do {
      const since = plusMs(BEGIN, -2 * DAY_MS);
      const page = await clinic.source.read({ stream: 'patients', since }, cursor);
      for (const { id } of page.records) seen.add(id);
      cursor = page.next;
      pages += 1;
      clock.advance(1_000);
      // Both what was read and what is still to come: by page numbers, forty rows a page would be passed over.
      for (const id of ids.filter((_, index) => index % 25 === pages % 25)) patients.edit(id);
      const leaving = ids[(pages * 53) % ids.length] ?? '';
      if (pages <= 20 && !gone.has(leaving)) {
        patients.leave(leaving, 'archived');
        gone.add(leaving);
      }
    } while (cursor !== undefined);
    expect(ids.filter((id) => !seen.has(id) && !gone.has(id))).toEqual([]);
    expect(pages).toBeLessThanOrEqual(25);
  });
});
