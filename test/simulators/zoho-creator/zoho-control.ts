import type { Instant } from '../../../lib/domain/instant.ts';
import type { CallCounters, LoggedCall } from './call-log.ts';
import { applyEdit, type Edit } from './edits.ts';
import type { FaultRule } from './faults.ts';
import { type BatchSize, changeBatch, type EditingOptions, startEditing } from './live-editing.ts';
import type { ZohoBehaviour, ZohoLimits } from './options.ts';
import type { RegistrationChange } from './record-store.ts';
import { eventOf } from './record-store.ts';
import { fullText } from './records-page.ts';
import { TITLE_FIELD } from './report-schema.ts';
import type { NewEvent, NewRegistration } from './simulated-data.ts';
import type { StoredRow } from './stored-row.ts';
import type { ZohoAccount } from './zoho-account.ts';

/** What is really at the source, for comparison with a cache. */
export interface TrueRecord {
  readonly id: string;
  /** `null` when it belongs to no event. */
  readonly event: string | null;
  readonly modified: Instant;
  /** To the byte what `field_config=all` shows. */
  readonly body: string;
}

export interface TrueEvent {
  readonly id: string;
  readonly title: string;
  readonly registrations: number;
}

/** The hand behind the simulator: edits records, breaks calls, turns clocks, tells the truth. */
export class ZohoControl {
  readonly #account: ZohoAccount;
  #stopEditing: (() => void) | undefined;

  constructor(account: ZohoAccount) {
    this.#account = account;
  }

  // What is there

  events(): readonly TrueEvent[] {
    const { events, registrations } = this.#account.store;
    const sizes = Map.groupBy(registrations.all(), eventOf);
    return events.all().map(({ id, values }) => {
      const title = values[TITLE_FIELD];
      return { id, title: typeof title === 'string' ? title : '', registrations: sizes.get(id)?.length ?? 0 };
    });
  }

  /** All registrations, or those of one event. */
  records(event?: string): readonly TrueRecord[] {
    const { store } = this.#account;
    const rows = event === undefined ? store.registrations.all() : store.registrationsOf(event);
    return rows.map((row) => this.#trueRecord(row));
  }

  record(id: string): TrueRecord | undefined {
    const row = this.#account.store.registrations.get(id);
    return row && this.#trueRecord(row);
  }

  // What people do in the app

  /** @returns the new record's id */
  insert(registration: NewRegistration): string {
    return this.#account.store.insert(registration);
  }

  edit(id: string, change: RegistrationChange = {}): void {
    this.#account.store.change(id, change);
  }

  move(id: string, event: string): void {
    this.#account.store.change(id, { event });
  }

  delete(id: string): void {
    this.#account.store.delete(id);
  }

  /** `count` registrations with one modified time, the server's now by default. @returns their ids */
  bulkInsert(event: string, count: number, modified?: Instant): readonly string[] {
    return this.apply([{ do: 'bulk-insert', event, count, ...(modified === undefined ? {} : { modified }) }]);
  }

  /** @returns the new event's id */
  addEvent(event: NewEvent): string {
    return this.#account.store.addEvent(event);
  }

  /** Removes the event and its registrations. */
  removeEvent(id: string): void {
    this.#account.store.removeEvent(id);
  }

  /** The record comes without this field from now on; `Modified_Time` by default. The index still knows the time. */
  omitField(id: string, field = 'Modified_Time'): void {
    this.#account.store.change(id, { omit: [field] });
  }

  /** @returns the ids of what was written or removed */
  apply(edits: readonly Edit[]): readonly string[] {
    return edits.flatMap((edit) => applyEdit(this.#account.store, edit));
  }

  /** Edits records spread over events. @returns their ids */
  changeBatch(size: BatchSize): readonly string[] {
    return changeBatch(this.#account, size);
  }

  /** Random edits from now on, until stopped or closed. */
  startEditing(options: EditingOptions): void {
    this.stopEditing();
    this.#stopEditing = startEditing(this.#account, options);
  }

  stopEditing(): void {
    this.#stopEditing?.();
    this.#stopEditing = undefined;
  }

  /** Does something while the next walk that gets so far is behind its page number `afterPage`. */
  duringWalk(
    afterPage: number,
    run: readonly Edit[] | (() => void),
    stream: 'registrations' | 'events' = 'registrations',
  ): void {
    const act = typeof run === 'function' ? run : () => void this.apply(run);
    this.#account.hooks.add({ afterPage, stream, run: act });
  }

  // What goes wrong

  injectFault(rule: FaultRule): void {
    this.#account.faults.inject(rule);
  }

  faults(): readonly FaultRule[] {
    return this.#account.faults.rules;
  }

  /** No armed fault, no waiting hook. */
  clearFaults(): void {
    this.#account.faults.clear();
    this.#account.hooks.clear();
  }

  expireCursors(): void {
    this.#account.cursors.expireAll();
  }

  /** Access tokens stop working; with `refreshToken` no new ones can be had either. */
  revokeTokens({ refreshToken = false }: { readonly refreshToken?: boolean } = {}): void {
    this.#account.tokens.revokeAccessTokens();
    if (refreshToken) this.#account.tokens.setRefreshable(false);
  }

  /** The user grants access again: the same refresh token works. */
  restoreRefreshToken(): void {
    this.#account.tokens.setRefreshable(true);
  }

  /** The scopes of tokens minted from now on, comma separated. */
  setScope(scope: string): void {
    this.#account.tokens.setScope(scope);
  }

  setTokenLifetime(seconds: number): void {
    this.#account.tokens.setLifetime(seconds);
  }

  // The server's settings

  now(): Instant {
    return this.#account.clock.wallNow();
  }

  /** How far the server's wall clock is ahead of the machine's. */
  setSkew(skewMs: number): void {
    this.#account.clock.skewMs = skewMs;
  }

  /** Turns the server's wall clock, from where it is; back when negative. */
  stepClock(byMs: number): void {
    this.#account.clock.skewMs += byMs;
  }

  skewMs(): number {
    return this.#account.clock.skewMs;
  }

  limits(): ZohoLimits & { readonly dayUsed: number } {
    return { ...this.#account.limits.limits, dayUsed: this.#account.limits.dayUsed };
  }

  setLimits(limits: Partial<ZohoLimits> & { readonly dayUsed?: number }): void {
    const { dayUsed, ...rest } = limits;
    this.#account.limits.limits = { ...this.#account.limits.limits, ...rest };
    if (dayUsed !== undefined) this.#account.limits.spendDay(dayUsed);
  }

  behaviour(): ZohoBehaviour {
    return this.#account.behaviour;
  }

  setBehaviour(behaviour: Partial<ZohoBehaviour>): void {
    this.#account.behaviour = { ...this.#account.behaviour, ...behaviour };
  }

  // What was asked of it

  calls(): CallCounters {
    return this.#account.log.counters;
  }

  /** The last calls, oldest first. */
  requests(): readonly LoggedCall[] {
    return this.#account.log.calls;
  }

  resetCalls(): void {
    this.#account.log.reset();
  }

  #trueRecord(row: StoredRow): TrueRecord {
    return { id: row.id, event: eventOf(row) ?? null, modified: row.modified, body: fullText(this.#account, row) };
  }
}
