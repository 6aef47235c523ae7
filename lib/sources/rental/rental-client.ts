import type { Instant } from '../../domain/instant.ts';
import type { Clock } from '../../ports/clock.ts';
import type { HttpRequest } from '../../ports/http.ts';
import type { SourceCalls } from '../../ports/source.ts';
import { rowsOf } from './classify.ts';
import type { RentalAccount } from './settings.ts';
import type { DayWindow } from './windows.ts';

/** The streams that are asked for by days. */
export type WindowedStream = 'bookings' | 'returns';

/** What to ask for; what is absent is left open. */
export interface RowsRequest {
  readonly bookingNo?: string;
  readonly window?: DayWindow;
  /** The source's own id of one location. */
  readonly location?: string;
}

export interface RowsAnswer {
  /** The exact text of every row. */
  readonly elements: readonly string[];
  readonly servedAt: Instant;
  readonly order: number;
}

export interface RentalClientTools {
  readonly calls: SourceCalls;
  readonly clock: Clock;
}

/** The list of locations is short. */
const STORES_TIMEOUT_MS = 30_000;

/** Asks the rental API's three questions. Every answer is whole: there are no pages. Retries nothing. */
export class RentalClient {
  readonly #account: RentalAccount;
  readonly #tools: RentalClientTools;

  constructor(account: RentalAccount, tools: RentalClientTools) {
    this.#account = account;
    this.#tools = tools;
  }

  /** All locations. @throws SourceFailure */
  stores(): Promise<RowsAnswer> {
    const { settings, origin } = this.#account;
    return this.#ask('stores', {
      method: 'GET',
      url: origin + settings.storesPath,
      headers: this.#headers(),
      timeoutMs: STORES_TIMEOUT_MS,
    });
  }

  /** @param timeoutMs less than the settings say, for whoever cannot wait so long. @throws SourceFailure */
  rows(stream: WindowedStream, request: RowsRequest, timeoutMs = Number.POSITIVE_INFINITY): Promise<RowsAnswer> {
    const { settings, origin } = this.#account;
    return this.#ask(stream, {
      method: 'POST',
      url: origin + settings[stream].path,
      headers: { ...this.#headers(), 'content-type': `application/${settings.contentType}` },
      body: JSON.stringify(this.#bodyOf(request)),
      timeoutMs: Math.min(timeoutMs, settings.timeoutSeconds * 1000),
    });
  }

  async #ask(api: string, request: HttpRequest): Promise<RowsAnswer> {
    const response = await this.#tools.calls.send(request);
    const { emptyTexts } = this.#account.settings;
    const elements = rowsOf(response, { api, emptyTexts, now: this.#tools.clock.now() });
    return { elements, servedAt: response.date, order: response.order };
  }

  #headers(): Readonly<Record<string, string>> {
    const { token } = this.#account;
    return { accept: 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  }

  /** Every field is there, as a string, and empty where it is left open. */
  #bodyOf({ bookingNo = '', window, location = '' }: RowsRequest): Readonly<Record<string, string>> {
    const { userName, userID, months, locationParameter } = this.#account.settings;
    return {
      bookingNo,
      dateFrom: window?.from ?? '',
      dateTo: window?.to ?? '',
      userName,
      months,
      fromLocation: locationParameter === 'fromLocation' ? location : '',
      userID,
      locationID: locationParameter === 'locationID' ? location : '',
    };
  }
}
