import { type Instant, instantFromMs, plusMs } from '../../../lib/domain/instant.ts';
import type { Connection } from '../../../lib/ports/connections.ts';
import { HttpFailure, type HttpRequest, type HttpResponse } from '../../../lib/ports/http.ts';
import { zohoCreator } from '../../../lib/sources/zoho-creator/zoho-creator.ts';
import type { MakeVendor, SimulatedVendor, VendorFault, VendorOptions, VendorStream } from '../simulated-vendor.ts';
import { htmlAnswer } from './answer.ts';
import { connectionEntry } from './connection-entry.ts';
import type { FaultName } from './faults.ts';
import { completeOptions, type ZohoSetup } from './options.ts';
import { eventOf } from './record-store.ts';
import { fullText } from './records-page.ts';
import { REGISTRATIONS } from './report-schema.ts';
import type { StoredRow } from './stored-row.ts';
import { type Delivery, deliverVendorCall } from './vendor-routes.ts';
import { openAccount, type ZohoAccount } from './zoho-account.ts';

const URL_OF_BOTH_HOSTS = 'http://127.0.0.1:1';
const EVENTS_AT_FIRST = 5;
/** More than any test spends. */
const CALLS_PER_DAY = 100_000;

const FAULT_OF: Readonly<Record<VendorFault, FaultName>> = {
  unavailable: '500',
  network: 'reset',
  'rate-limited': '429-2955',
  'quota-spent': '200-4000',
  truncated: 'truncate',
  'page-of-html': 'html-200',
};

/** A Zoho Creator account with five events and no registrations, within this process. */
export const makeZohoVendor: MakeVendor = (options) => new ZohoVendor(options);

class ZohoVendor implements SimulatedVendor {
  readonly kind = zohoCreator;
  readonly streams: readonly VendorStream[];
  readonly faults: VendorFault[] = [];
  downUntilMs = 0;
  beforePage: () => void = () => {};
  readonly #options: VendorOptions;
  readonly #setup: ZohoSetup;
  readonly #account: ZohoAccount;

  constructor(options: VendorOptions) {
    this.#options = options;
    this.#setup = completeOptions({
      seed: options.seed,
      data: 'empty',
      clock: options.nowMs,
      limits: { perDay: CALLS_PER_DAY },
      behaviour: { mostPerPage: options.pageSize ?? 1_000, retryAfter: 'seconds' },
    });
    this.#account = openAccount(this.#setup);
    const { store } = this.#account;
    for (let number = 1; number <= EVENTS_AT_FIRST; number += 1) store.addEvent({ title: `Event ${number}` });
    this.streams = [new Registrations(this.#account)];
  }

  connection(id: string): Connection {
    return { ...connectionEntry(id, URL_OF_BOTH_HOSTS, this.#setup, this.#account), enabled: true, policy: {} };
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    const url = new URL(request.url);
    const isRecords = url.pathname.endsWith(`/report/${REGISTRATIONS.linkName}`);
    if (this.#options.nowMs() < this.downUntilMs) return this.#respond({ answer: htmlAnswer(503), manner: 'whole' });
    const fault = url.pathname.includes('/report/') ? this.faults.shift() : undefined;
    if (fault !== undefined) this.#account.faults.inject({ on: 'all', fault: FAULT_OF[fault] });
    else if (isRecords) this.beforePage();
    const { method, headers, body = '' } = request;
    const { authorization, record_cursor: cursor } = lowerCased(headers);
    return this.#respond(
      await deliverVendorCall(this.#account, { method, url, authorization, cursor, body }, URL_OF_BOTH_HOSTS),
    );
  }

  get skewMs(): number {
    return this.#account.clock.skewMs;
  }

  set skewMs(value: number) {
    this.#account.clock.skewMs = value;
  }

  get lagMs(): number {
    return this.#account.behaviour.indexLagMs;
  }

  set lagMs(value: number) {
    this.#account.behaviour = { ...this.#account.behaviour, indexLagMs: value };
  }

  expireCursors(): void {
    this.#account.cursors.expireAll();
  }

  get calls(): number {
    const { registrations, events } = this.#account.log.counters;
    return registrations + events;
  }

  #respond({ answer, manner }: Delivery): HttpResponse {
    if (answer === undefined || manner === 'reset') throw new HttpFailure('http-network', 'connection reset');
    const { status, headers, body } = answer;
    const wallNow = this.#account.clock.wallNow();
    return {
      status,
      headers,
      body: manner === 'truncated' ? body.slice(0, body.length >> 1) : body,
      date: instantFromMs(Math.floor(wallNow / 1_000) * 1_000),
    };
  }
}

/** Registrations move between events and leave without a trace. */
class Registrations implements VendorStream {
  readonly name = 'registrations';
  readonly #account: ZohoAccount;

  constructor(account: ZohoAccount) {
    this.#account = account;
  }

  partitions() {
    return this.#account.store.events.all().map(({ id }) => id);
  }

  records() {
    return this.#account.store.registrations.all().flatMap((row) => this.#recordOf(row));
  }

  insert(event: string, agoMs = 0) {
    const added: Instant = plusMs(this.#account.clock.wallNow(), -agoMs);
    return this.#account.store.insert({ event, added });
  }

  edit(id: string) {
    const edits = this.#account.random.integer(1_000_000);
    this.#account.store.change(id, { fields: { Notes: `edit ${edits}` } });
  }

  remove(id: string) {
    this.#account.store.delete(id);
  }

  move(id: string, event: string) {
    this.#account.store.change(id, { event });
  }

  #recordOf(row: StoredRow) {
    const partition = eventOf(row);
    return partition === undefined ? [] : [{ id: row.id, partition, body: fullText(this.#account, row) }];
  }
}

function lowerCased(headers: HttpRequest['headers']): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
