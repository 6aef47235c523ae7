import { describe, expect, it } from 'vitest';
import type { HttpRequest } from '../../../../lib/ports/http.ts';
import type { SourceResponse } from '../../../../lib/ports/source.ts';
import { ManualClock } from '../../../fakes/manual-clock.ts';
import { type ClinicOptions, SimulatedClinic } from '../../../support/simulated-clinic.ts';

const HOUR_MS = 3_600_000;

/** A clinic in which something has left in every way. */
function livelyClinic(options: Omit<ClinicOptions, 'clock'> = {}, change: Change = (response) => response) {
  const clock = new ManualClock();
  const clinic = new ChangedClinic({ clock, ...options }, change);
  const { patients, appointments } = clinic.control.desks;
  for (let number = 0; number < 6; number += 1) patients.insert(2 * HOUR_MS);
  for (let number = 0; number < 6; number += 1) appointments.insert(2 * HOUR_MS);
  const leaving = clinic.control.records('patients');
  patients.leave(leaving[3]?.id ?? '', 'deleted');
  patients.leave(leaving[4]?.id ?? '', 'archived');
  const cancelled = clinic.control.records('appointments');
  appointments.leave(cancelled[3]?.id ?? '', 'deleted');
  appointments.leave(cancelled[4]?.id ?? '', 'cancelled');
  clock.advance(HOUR_MS);
  return clinic;
}

type Change = (response: SourceResponse, request: HttpRequest) => SourceResponse;

/** Whose answers are changed on their way, or whose requests are. */
class ChangedClinic extends SimulatedClinic {
  readonly #change: Change;
  readonly #asked: (request: HttpRequest) => HttpRequest;

  constructor(options: ClinicOptions, change: Change, asked: (request: HttpRequest) => HttpRequest = (same) => same) {
    super(options);
    this.#change = change;
    this.#asked = asked;
  }

  override async send(request: HttpRequest): Promise<SourceResponse> {
    return this.#change(await super.send(this.#asked(request)), request);
  }
}

async function findingsOf(clinic: SimulatedClinic): Promise<Readonly<Record<string, string>>> {
  const findings = await clinic.check();
  return Object.fromEntries(findings.map(({ check, status, message }) => [check, `${status}: ${message}`]));
}

describe('the check of a Cliniko account', () => {
  it('finds all well, and tells how much there is', async () => {
    const clinic = livelyClinic();
    const findings = await findingsOf(clinic);
    expect(Object.values(findings).filter((text) => !text.startsWith('ok'))).toEqual([]);
    expect(findings['api-key']).toContain('4 patients');
    expect(findings['appointments-window']).toContain('There are 4.');
    expect(findings['cancelled-appointments']).toContain('does not show it');
    expect(clinic.requests.length).toBeLessThan(30);
  });

  it('ends at a key that is not accepted', async () => {
    const clinic = livelyClinic({}, (response) => ({ ...response, status: 401, body: '{}' }));
    expect(await findingsOf(clinic)).toEqual({ 'api-key': expect.stringContaining('failed') });
  });

  it('says which time to ask by where leaving does not count as a change', async () => {
    const findings = await findingsOf(livelyClinic({ behaviour: { leavingTouches: false } }));
    expect(findings['deleted-patients']).toMatch(/failed.*newsBy\.deleted to deleted_at/);
    expect(findings['archived-patients']).toMatch(/failed.*newsBy\.archived to archived_at/);
    expect(findings['cancelled-appointments']).toMatch(/^ok/);
  });

  it('fails where a list may not be filtered by the time that the settings name', async () => {
    const settings = { newsBy: { deleted: 'deleted_at' } };
    const findings = await findingsOf(livelyClinic({ settings, behaviour: { filtersByLeavingTimes: false } }));
    expect(findings['deleted-patients']).toMatch(/^failed: Could not be probed/);
  });

  it('tells whether plain lists show what has left', async () => {
    const findings = await findingsOf(livelyClinic({ behaviour: { plainListsShowGone: true } }));
    expect(findings['archived-patients']).toMatch(/^ok.*shows it too/);
  });

  it('warns of another zone than that of the businesses', async () => {
    const findings = await findingsOf(livelyClinic({ settings: { timeZone: 'Europe/London' } }));
    expect(findings['time-zone']).toMatch(/^warning.*Australia\/Melbourne.*Europe\/London/);
  });

  it('warns where several ids at once find nothing', async () => {
    const none = JSON.stringify({ patients: [], total_entries: 0, links: {} });
    const clinic = livelyClinic({}, (response, { url }) =>
      /id%3A%3D\d+%2C/.test(url) ? { ...response, body: none } : response,
    );
    const { 'id-filter': filter, ...others } = await findingsOf(clinic);
    expect(filter).toMatch(/^warning: .*held as a plan/);
    expect(Object.values(others).filter((text) => !text.startsWith('ok'))).toEqual([]);
  });

  it('warns where an id to begin after is refused, and goes on', async () => {
    const clinic = livelyClinic({}, (response, { url }) =>
      url.includes('id%3A%3E') ? { ...response, status: 400, body: '{"message":"unknown operator"}' } : response,
    );
    const { 'id-order': order, ...others } = await findingsOf(clinic);
    expect(order).toMatch(/^warning: .*page numbers/);
    expect(Object.values(others).filter((text) => !text.startsWith('ok'))).toEqual([]);
  });

  it.each([
    ['the order', /sort=id&/, 'id-order', 'warning'],
    ['filters by id', /q%5B%5D=id%3A%3D\d+/, 'id-filter', 'failed'],
    ['filters by time', /q%5B%5D=updated_at[^&]*/, 'updated-filter', 'failed'],
    ['filters by when appointments take place', /q%5B%5D=starts_at[^&]*/g, 'appointments-window', 'failed'],
  ])('finds out that %s count for nothing', async (_, pattern, check, status) => {
    const clock = new ManualClock();
    const clinic = new ChangedClinic(
      { clock },
      (response) => response,
      (request) => ({
        ...request,
        url: request.url.replace(pattern, ''),
      }),
    );
    const { patients, appointments } = clinic.control.desks;
    // By the order in which they were created, the later ids come first.
    for (let number = 0; number < 4; number += 1) patients.insert(number * HOUR_MS);
    appointments.book(clock.now() + 90 * 24 * HOUR_MS);
    expect((await findingsOf(clinic))[check]?.split(':')[0]).toBe(status);
  });
});
