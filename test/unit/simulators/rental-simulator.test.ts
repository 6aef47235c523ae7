import { describe, expect, it } from 'vitest';
import { FetchHttp } from '../../../lib/adapters/http/fetch-http.ts';
import { SystemClock } from '../../../lib/adapters/system/system-clock.ts';
import type { Source, SourceCalls } from '../../../lib/ports/source.ts';
import { rental } from '../../../lib/sources/rental/rental.ts';
import { InMemoryTokenStore } from '../../fakes/in-memory-token-store.ts';
import { SeededRandomness } from '../../fakes/seeded-randomness.ts';
import { PATHS } from '../../simulators/rental/rental-api.ts';
import {
  type RentalSimulator,
  type RentalSimulatorOptions,
  startRentalSimulator,
} from '../../simulators/rental/rental-simulator.ts';
import { present } from '../../support/present.ts';
import { readAll, recordsOf } from '../sources/rental/rental-world.ts';

const OPEN = {
  bookingNo: '',
  dateFrom: '',
  dateTo: '',
  userName: '',
  months: '',
  fromLocation: '',
  userID: '',
  locationID: '',
};

async function withSimulator(options: RentalSimulatorOptions, use: (simulator: RentalSimulator) => Promise<void>) {
  const simulator = await startRentalSimulator(options);
  try {
    await use(simulator);
  } finally {
    await simulator.close();
  }
}

function ask(simulator: RentalSimulator, fields: object, headers: Readonly<Record<string, string>> = {}) {
  return fetch(simulator.url + PATHS.bookings, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ ...OPEN, ...fields }),
  });
}

function openSource(simulator: RentalSimulator): Source {
  const clock = new SystemClock();
  const http = new FetchHttp({ userAgent: 'tidemark-test', timeoutMs: 5_000 });
  let order = 0;
  const calls: SourceCalls = {
    send: async (request) => {
      const response = await http.send(request);
      order += 1;
      return { ...response, order, date: present(response.date, 'the Date header') };
    },
  };
  const tokens = new InMemoryTokenStore(clock);
  const randomness = new SeededRandomness(1);
  const connection = { ...simulator.connection(), enabled: true, policy: {} };
  return rental.open(connection, { calls, http, tokens, clock, randomness, allowLoopback: true });
}

describe('the simulated rental API', () => {
  it('shows 21 locations', () =>
    withSimulator({ behaviour: { shapes: { stores: { wrapper: 'bare', fieldCase: 'camel' } } } }, async (simulator) => {
      const response = await fetch(simulator.url + PATHS.stores);
      expect(await response.json()).toHaveLength(21);
      expect(response.headers.get('date')).not.toBeNull();
      expect(simulator.control.calls()).toEqual({ stores: 1, bookings: 0, returns: 0 });
    }));

  it('answers for one location or all, and for whole days, both included', () =>
    withSimulator({ data: 'empty', behaviour: { shapes: { '*': { wrapper: 'bare' } } } }, async (simulator) => {
      const { store } = simulator.control;
      for (const [location, day] of [
        ['1', '2026-11-01'],
        ['1', '2026-11-02'],
        ['2', '2026-11-02'],
        ['1', '2026-11-03'],
      ]) {
        store.insert('bookings', { location: present(location, 'a location'), day: present(day, 'a day') });
      }
      const count = async (fields: object) => {
        const rows: unknown = await (await ask(simulator, fields)).json();
        return Array.isArray(rows) ? rows.length : rows;
      };
      expect(await count({ dateFrom: '2026-11-02', dateTo: '2026-11-03' })).toBe(3);
      expect(await count({ dateFrom: '2026-11-02', dateTo: '2026-11-02', locationID: '1' })).toBe(1);
      expect(await count({ dateFrom: '2026-11-01', dateTo: '2026-11-03', fromLocation: '1' })).toBe(3);
      expect(await count({ bookingNo: 'Z2-1003' })).toBe(1);
      expect(await count({})).toBe(0);
    }));

  it('refuses a wrong token, a wrong content type, and fields that are no strings or days', () =>
    withSimulator({ behaviour: { token: 'abc', contentType: 'application/json' } }, async (simulator) => {
      const authorization = 'Bearer abc';
      expect((await ask(simulator, {})).status).toBe(401);
      expect((await ask(simulator, {}, { authorization })).status).toBe(200);
      const patch = { authorization, 'content-type': 'application/json-patch+json' };
      expect((await ask(simulator, {}, patch)).status).toBe(415);
      expect((await ask(simulator, { locationID: 7 }, { authorization })).status).toBe(400);
      expect((await ask(simulator, { dateFrom: '01-11-2026' }, { authorization })).status).toBe(400);
      expect((await fetch(simulator.url + PATHS.bookings, { headers: { authorization } })).status).toBe(405);
      expect((await fetch(`${simulator.url}/nothing`, { headers: { authorization } })).status).toBe(404);
    }));

  it('has a connection that its source finds nothing wrong with', () =>
    withSimulator({ behaviour: { token: 'abc' } }, async (simulator) => {
      const entry = { ...simulator.connection(), enabled: true, policy: {} };
      expect(rental.problems(entry, { allowLoopback: true })).toEqual([]);
    }));

  it('is read whole by its source over HTTP, whatever answers are wrapped in', () =>
    withSimulator({ behaviour: { token: 'abc' } }, async (simulator) => {
      const source = openSource(simulator);
      const read = new Map<string, string>();
      for (const { id: partition } of (await source.listPartitions('bookings')).partitions) {
        for (const stream of ['bookings', 'returns']) {
          for (const { id, body } of recordsOf(await readAll(source, { stream, partition }))) read.set(id, body);
        }
      }
      const rows = [...simulator.control.records('bookings'), ...simulator.control.records('returns')];
      expect(read).toEqual(new Map(rows.map(({ id, body }) => [id, body])));
      expect(read.size).toBe(1_890);
    }));

  it('changes some rows when it is told to, and takes its time where it is slow', () =>
    withSimulator({ behaviour: { shapes: { bookings: { latencyMs: 120 } } } }, async (simulator) => {
      const before = simulator.control.records('bookings').map(({ body }) => body);
      simulator.control.changeBatch(30);
      expect(simulator.control.records('bookings').map(({ body }) => body)).not.toEqual(before);
      const startedMs = performance.now();
      await ask(simulator, { locationID: '7' });
      expect(performance.now() - startedMs).toBeGreaterThan(100);
    }));
});
