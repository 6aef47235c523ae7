import { instantFromMs } from '../../../lib/domain/instant.ts';
import type { Connection } from '../../../lib/ports/connections.ts';
import { HttpFailure, type HttpRequest, type HttpResponse } from '../../../lib/ports/http.ts';
import { cliniko } from '../../../lib/sources/cliniko/cliniko.ts';
import type { MakeVendor, SimulatedVendor, VendorFault, VendorOptions, VendorStream } from '../simulated-vendor.ts';
import { type Delivery, deliverCall } from './api.ts';
import { ClinicDesk } from './clinic-desk.ts';
import { ClinikoAccount } from './cliniko-account.ts';
import { connectionEntry } from './connection-entry.ts';
import type { ResourceName } from './resources.ts';

const ORIGIN = 'http://127.0.0.1:1';

/** A Cliniko account without patients and appointments, within this process: one organization, one partition. */
export const makeClinikoVendor: MakeVendor = (options) => new ClinikoVendor(options);

class ClinikoVendor implements SimulatedVendor {
  readonly kind = cliniko;
  readonly streams: readonly VendorStream[];
  readonly faults: VendorFault[] = [];
  downUntilMs = 0;
  beforePage: () => void = () => {};
  readonly #options: VendorOptions;
  readonly #account: ClinikoAccount;

  constructor(options: VendorOptions) {
    this.#options = options;
    this.#account = new ClinikoAccount({
      organization: 'north-clinic',
      seed: options.seed,
      nowMs: options.nowMs,
      // Reports of whether ids are numbers or strings differ.
      behaviour: { mostPerPage: options.pageSize ?? 100, idsAs: options.seed % 2 === 0 ? 'number' : 'string' },
    });
    this.streams = [
      streamOf(this.#account, 'patients', 'patients'),
      streamOf(this.#account, 'appointments', 'individual_appointments'),
    ];
  }

  connection(id: string): Connection {
    return { ...connectionEntry(id, ORIGIN, this.#account), enabled: true, policy: {} };
  }

  async send({ method, url, headers }: HttpRequest): Promise<HttpResponse> {
    const lowered = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const isDown = this.#options.nowMs() < this.downUntilMs;
    const fault = isDown ? 'unavailable' : this.faults.shift();
    const call = { method, url: new URL(url), headers: lowered };
    return this.#respond(deliverCall(this.#account, call, fault, () => this.beforePage()));
  }

  get skewMs(): number {
    return this.#account.skewMs;
  }

  set skewMs(value: number) {
    this.#account.skewMs = value;
  }

  get lagMs(): number {
    return this.#account.behaviour.indexLagMs;
  }

  set lagMs(value: number) {
    this.#account.behaviour = { ...this.#account.behaviour, indexLagMs: value };
  }

  expireCursors(): void {
    // This vendor has none: pages are asked for by what stands on them.
  }

  get calls(): number {
    return this.#account.calls;
  }

  #respond({ answer, isCutShort }: Delivery): HttpResponse {
    if (answer === undefined) throw new HttpFailure('http-network', 'connection reset');
    const body = isCutShort ? answer.body.slice(0, answer.body.length >> 1) : answer.body;
    return { ...answer, body, date: instantFromMs(Math.floor(this.#account.wallMs() / 1_000) * 1_000) };
  }
}

function streamOf(account: ClinikoAccount, name: string, resource: ResourceName): VendorStream {
  const desk = new ClinicDesk(account, resource, `${ORIGIN}/v1`);
  const partition = account.organization;
  return {
    name,
    partitions: () => [partition],
    records: () => desk.records().map((record) => ({ ...record, partition })),
    insert: (_partition, agoMs) => desk.insert(agoMs),
    edit: (id) => desk.edit(id),
    remove: (id) => desk.remove(id),
  };
}
