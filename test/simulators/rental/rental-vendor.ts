import { instantFromMs } from '../../../lib/domain/instant.ts';
import type { Connection } from '../../../lib/ports/connections.ts';
import { HttpFailure, type HttpRequest, type HttpResponse } from '../../../lib/ports/http.ts';
import { plusDays } from '../../../lib/sources/kit/plain-date.ts';
import { rental } from '../../../lib/sources/rental/rental.ts';
import type { SimulatedVendor, VendorFault, VendorOptions, VendorStream } from '../simulated-vendor.ts';
import { plain, type RentalAnswer, RentalApi, type RentalCall } from './rental-api.ts';
import { DEFAULT_BEHAVIOUR, type RentalBehaviour } from './rental-behaviour.ts';
import { RentalStore } from './rental-store.ts';
import { rowStream, storeStream } from './rental-streams.ts';

/** Nothing listens there: what is sent to it ends in this process. */
const HOST = '127.0.0.1:1';
const TIME_ZONE = 'Asia/Kolkata';
const HISTORY_DAYS = 400;
const DAYS_PER_CALL = 92;
const RETRY_AFTER_SECONDS = 30;

/** The rental API in this process. Beyond what every vendor shows, its data and behaviour can be had at. */
export class RentalVendor implements SimulatedVendor {
  readonly kind = rental;
  readonly streams: readonly VendorStream[];
  readonly store: RentalStore;
  readonly faults: VendorFault[] = [];
  /** Every request so far, for tests that look at what was asked. */
  readonly requests: HttpRequest[] = [];
  behaviour: RentalBehaviour = DEFAULT_BEHAVIOUR;
  downUntilMs = 0;
  skewMs = 0;
  lagMs = 0;
  calls = 0;
  beforePage = () => {};
  readonly #api: RentalApi;
  readonly #nowMs: () => number;
  readonly #historyFrom: string;

  /** @param locations what takes bookings from the beginning; with none, the stores are all that there is */
  constructor({ nowMs }: VendorOptions, locations: readonly string[]) {
    this.#nowMs = nowMs;
    this.store = new RentalStore(nowMs, TIME_ZONE);
    this.#historyFrom = plusDays(this.store.today(), -HISTORY_DAYS);
    for (const id of locations) this.store.setLocation({ id, name: `Store ${id}`, values: {} });
    this.#api = new RentalApi({
      store: this.store,
      behaviour: () => this.behaviour,
      lagMs: () => this.lagMs,
      nowMs,
    });
    const shown = { store: this.store, behaviour: () => this.behaviour };
    this.streams =
      locations.length === 0
        ? [storeStream(shown)]
        : [rowStream(shown, 'bookings', locations), rowStream(shown, 'returns', locations)];
  }

  connection(id: string): Connection {
    return {
      id,
      source: rental.kind,
      enabled: true,
      policy: {},
      settings: {
        host: `http://${HOST}`,
        timeZone: TIME_ZONE,
        historyFrom: this.#historyFrom,
        daysPerCall: DAYS_PER_CALL,
        userName: 'tidemark',
        callsPerMinute: 1_000,
        callsPerDay: 1_000_000,
      },
      secrets: {},
    };
  }

  expireCursors(): void {
    // Its answers have no pages, so it hands out no page tokens.
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    this.requests.push(request);
    this.calls += 1;
    if (this.#nowMs() < this.downUntilMs) return this.#respond(plain(503, { message: 'Service Unavailable' }));
    const fault = this.faults.shift();
    if (fault !== undefined) return this.#break(fault, request);
    this.beforePage();
    return this.#respond(this.#api.answer(callOf(request)));
  }

  #break(fault: VendorFault, request: HttpRequest): HttpResponse {
    switch (fault) {
      case 'network':
        throw new HttpFailure('http-network', `no whole answer from ${HOST} (ECONNRESET)`);
      case 'unavailable':
        return this.#respond(plain(500, { status: false, errorDescription: 'An error has occurred.', dataSet: null }));
      case 'rate-limited':
      case 'quota-spent':
        return this.#respond(
          plain(429, { message: 'Too many requests' }, { 'retry-after': String(RETRY_AFTER_SECONDS) }),
        );
      case 'truncated': {
        const answer = this.#api.answer(callOf(request));
        return this.#respond({ ...answer, body: answer.body.slice(0, Math.floor(answer.body.length / 2)) });
      }
      case 'page-of-html':
        return this.#respond({
          status: 200,
          headers: {},
          body: '<html><body>Runtime Error</body></html>',
          latencyMs: 0,
        });
    }
  }

  /** Dates have whole seconds. */
  #respond({ status, headers, body }: RentalAnswer): HttpResponse {
    const ms = Math.floor((this.#nowMs() + this.skewMs) / 1000) * 1000;
    return { status, headers, body, date: instantFromMs(ms) };
  }
}

/** A rental company with three locations, and nothing booked: its bookings and returns. */
export function makeRentalVendor(options: VendorOptions): RentalVendor {
  return new RentalVendor(options, ['3', '7', '12']);
}

/** A rental company that has yet to open its first store: its stores. */
export function makeRentalStoresVendor(options: VendorOptions): RentalVendor {
  return new RentalVendor(options, []);
}

function callOf({ method, url, headers, body = '' }: HttpRequest): RentalCall {
  const { host, pathname } = new URL(url);
  if (host !== HOST) throw new HttpFailure('http-network', `no whole answer from ${host} (ENOTFOUND)`);
  return { method, path: pathname, headers, body };
}
