import type { VendorFault } from '../simulated-vendor.ts';
import { ClinicDesk, type TrueRecord } from './clinic-desk.ts';
import type { ClinikoAccount } from './cliniko-account.ts';
import type { ClinikoBehaviour } from './options.ts';

export type StreamName = 'patients' | 'appointments';

export const STREAMS: readonly StreamName[] = ['patients', 'appointments'];

/** The hand behind one organization's account: edits rows, breaks calls, turns its clock, tells the truth. */
export class ClinikoControl {
  readonly desks: Readonly<Record<StreamName, ClinicDesk>>;
  readonly #account: ClinikoAccount;
  #editing: NodeJS.Timeout | undefined;

  /** @param base `http://127.0.0.1:4000/v1` */
  constructor(account: ClinikoAccount, base: string) {
    this.#account = account;
    this.desks = {
      patients: new ClinicDesk(account, 'patients', base),
      appointments: new ClinicDesk(account, 'individual_appointments', base),
    };
  }

  get organization(): string {
    return this.#account.organization;
  }

  /** What a cache that is equal to it holds. */
  records(stream: StreamName): readonly TrueRecord[] {
    return this.desks[stream].records();
  }

  /** Edits, adds and removes a few of each stream. */
  changeSome(edits = 10): void {
    for (const stream of STREAMS) {
      const records = this.#account.random.sample(this.records(stream), edits + 2);
      for (const { id } of records.slice(2)) this.desks[stream].edit(id);
      for (const { id } of records.slice(0, 2)) this.desks[stream].remove(id);
      this.desks[stream].insert();
    }
  }

  /** One edit every so often from now on, now and then an addition or a removal. */
  startEditing(everyMs: number): void {
    this.stopEditing();
    this.#editing = setInterval(() => this.#editOnce(), everyMs);
    this.#editing.unref();
  }

  stopEditing(): void {
    clearInterval(this.#editing);
    this.#editing = undefined;
  }

  injectFault(fault: VendorFault, times = 1): void {
    this.#account.faults.push(...Array.from({ length: times }, () => fault));
  }

  clearFaults(): void {
    this.#account.faults.length = 0;
  }

  /** How far the account's wall clock is ahead of the machine's. */
  setSkew(skewMs: number): void {
    this.#account.skewMs = skewMs;
  }

  now(): number {
    return this.#account.wallMs();
  }

  behaviour(): ClinikoBehaviour {
    return this.#account.behaviour;
  }

  setBehaviour(behaviour: Partial<ClinikoBehaviour>): void {
    this.#account.behaviour = { ...this.#account.behaviour, ...behaviour };
  }

  setPerMinute(perMinute: number): void {
    this.#account.limits.perMinute = perMinute;
  }

  calls(): number {
    return this.#account.calls;
  }

  resetCalls(): void {
    this.#account.calls = 0;
  }

  #editOnce(): void {
    const { random } = this.#account;
    const stream = random.pick(STREAMS);
    const choice = random.fraction();
    const [record] = random.sample(this.records(stream), 1);
    if (record === undefined || choice < 0.2) this.desks[stream].insert();
    else if (choice < 0.3) this.desks[stream].remove(record.id);
    else this.desks[stream].edit(record.id);
  }
}
