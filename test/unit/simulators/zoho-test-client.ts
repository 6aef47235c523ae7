import * as z from 'zod';
import type { ZohoSimulatorOptions } from '../../simulators/zoho-creator/options.ts';
import { startZohoSimulator, type ZohoSimulator } from '../../simulators/zoho-creator/zoho-simulator.ts';

const PAGE = z.object({
  code: z.union([z.number(), z.string()]),
  message: z.string().optional(),
  data: z.array(z.record(z.string(), z.unknown())).default([]),
});
const TOKEN = z.object({ access_token: z.string().optional(), error: z.string().optional() }).loose();

/** The simplest honest client: it says what it was told and hides nothing. */
export class ZohoTestClient {
  readonly simulator: ZohoSimulator;
  readonly #token: string;

  constructor(simulator: ZohoSimulator, token: string) {
    this.simulator = simulator;
    this.#token = token;
  }

  /** One GET of a report. */
  async get(parameters: Readonly<Record<string, string>> | readonly [string, string][] = {}, call: CallShape = {}) {
    const { cursor, report = 'All_Registrations', owner = 'tidemark', app = 'event-registrations' } = call;
    const query = new URLSearchParams(parameters);
    const path = call.path ?? `/creator/v2.1/data/${owner}/${app}/report/${report}`;
    const response = await fetch(`${this.simulator.url}${path}?${query.toString()}`, {
      method: call.method ?? 'GET',
      headers: {
        authorization: call.authorization ?? `Zoho-oauthtoken ${this.#token}`,
        ...(cursor === undefined ? {} : { record_cursor: cursor }),
      },
      signal: AbortSignal.timeout(5_000),
    });
    const text = await response.text();
    const page = PAGE.parse(JSON.parse(text));
    const ids = page.data.map((record) => String(record.ID));
    const next = response.headers.get('record_cursor') ?? undefined;
    return { status: response.status, headers: response.headers, text, ...page, ids, next };
  }

  /** All pages of a query; `all` fields, 1,000 a page unless told otherwise. */
  async walk(parameters: Readonly<Record<string, string>> = {}) {
    const query = { field_config: 'all', max_records: '1000', ...parameters };
    const ids: string[] = [];
    const texts: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.get(query, cursor === undefined ? {} : { cursor });
      ids.push(...page.ids);
      texts.push(page.text);
      cursor = page.next;
    } while (cursor !== undefined);
    return { ids, texts };
  }
}

export interface CallShape {
  readonly cursor?: string;
  readonly report?: string;
  readonly owner?: string;
  readonly app?: string;
  readonly path?: string;
  readonly method?: string;
  readonly authorization?: string;
}

/** Asks for an access token the way the connection's secrets allow. */
export async function askForToken(simulator: ZohoSimulator, changes: Readonly<Record<string, string>> = {}) {
  const { clientId = '', clientSecret = '', refreshToken = '' } = simulator.connection().secrets;
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
    ...changes,
  });
  const response = await fetch(`${simulator.url}/oauth/v2/token`, { method: 'POST', body: form });
  return { ...TOKEN.parse(await response.json()), status: response.status };
}

/** Starts a simulator, hands it over with a working token, and closes it whatever happens. */
export async function withZoho<T>(
  options: ZohoSimulatorOptions,
  use: (client: ZohoTestClient) => Promise<T>,
): Promise<T> {
  const simulator = await startZohoSimulator(options);
  try {
    const { access_token: token = '' } = await askForToken(simulator);
    return await use(new ZohoTestClient(simulator, token));
  } finally {
    await simulator.close();
  }
}

/** A clock that a test turns by hand. */
export class HandClock {
  ms: number;

  constructor(iso: string) {
    this.ms = Date.parse(iso);
  }

  readonly read = () => this.ms;
}
