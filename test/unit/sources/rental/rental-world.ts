import { instantFromMs } from '../../../../lib/domain/instant.ts';
import type { Connection } from '../../../../lib/ports/connections.ts';
import type { HttpRequest } from '../../../../lib/ports/http.ts';
import type {
  CheckFinding,
  Source,
  SourceCalls,
  SourcePage,
  SourceQuery,
  SourceTools,
} from '../../../../lib/ports/source.ts';
import { accountCheck } from '../../../../lib/sources/kit/account-source.ts';
import { checkAccount } from '../../../../lib/sources/rental/check.ts';
import { rental } from '../../../../lib/sources/rental/rental.ts';
import { rentalAccounts } from '../../../../lib/sources/rental/rental-accounts.ts';
import { InMemoryTokenStore } from '../../../fakes/in-memory-token-store.ts';
import { ManualClock } from '../../../fakes/manual-clock.ts';
import { SeededRandomness } from '../../../fakes/seeded-randomness.ts';
import type { NewRow, RowKind } from '../../../simulators/rental/rental-store.ts';
import { makeRentalVendor, type RentalVendor } from '../../../simulators/rental/rental-vendor.ts';
import { present } from '../../../support/present.ts';

type Settings = Readonly<Record<string, unknown>>;

/** A source in front of a rental company whose locations are 3, 7 and 12, at noon of its zone. */
export class RentalWorld {
  readonly clock = new ManualClock(instantFromMs(Date.parse('2026-11-21T06:30:00Z')));
  readonly vendor: RentalVendor;

  constructor() {
    this.vendor = makeRentalVendor({ nowMs: () => this.clock.now(), seed: 1 });
  }

  source(settings: Settings = {}, secrets: Readonly<Record<string, string>> = {}): Source {
    return rental.open(this.#connection(settings, secrets), this.#tools());
  }

  check(settings: Settings): Promise<readonly CheckFinding[]> {
    return accountCheck(rentalAccounts, checkAccount).check(this.#connection(settings, {}), this.#tools());
  }

  #connection(settings: Settings, secrets: Readonly<Record<string, string>>): Connection {
    const connection = this.vendor.connection('main');
    return { ...connection, settings: { ...connection.settings, ...settings }, secrets };
  }

  #tools(): SourceTools {
    let order = 0;
    const calls: SourceCalls = {
      send: async (request: HttpRequest) => {
        const response = await this.vendor.send(request);
        order += 1;
        return { ...response, order, date: present(response.date, 'the Date header') };
      },
    };
    return {
      calls,
      http: this.vendor,
      tokens: new InMemoryTokenStore(this.clock),
      clock: this.clock,
      randomness: new SeededRandomness(1),
      allowLoopback: true,
    };
  }

  /** Enters a row. @returns its key in the store */
  add(kind: RowKind, row: NewRow): string {
    return this.vendor.store.insert(kind, row);
  }

  /** What the last request asked for, empty fields left out. */
  asked(): Readonly<Record<string, string>> {
    const body: unknown = JSON.parse(present(this.vendor.requests.at(-1)?.body, 'a body'));
    if (typeof body !== 'object' || body === null) throw new Error('the body is no object');
    return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== ''));
  }
}

/** All pages of a query. */
export async function readAll(source: Source, query: SourceQuery): Promise<readonly SourcePage[]> {
  const pages: SourcePage[] = [];
  let next: string | undefined;
  do {
    const page: SourcePage = await source.read(query, next);
    pages.push(page);
    next = page.next;
  } while (next !== undefined);
  return pages;
}

export function recordsOf(pages: readonly SourcePage[]) {
  return pages.flatMap(({ records }) => records);
}

/** A delta of the last minutes. */
export const RECENTLY = { since: instantFromMs(Date.parse('2026-11-21T06:20:00Z')) };
