import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { addressOf, close, HOST, listen, readBody } from '../loopback-server.ts';
import { type Answer, type Delivery, deliverCall } from './api.ts';
import { ClinikoAccount } from './cliniko-account.ts';
import { ClinikoControl } from './cliniko-control.ts';
import { type ClinikoConnectionEntry, connectionEntry } from './connection-entry.ts';
import { answerControlCall } from './control-routes.ts';
import { type ClinicSize, fillClinic } from './demo-clinic.ts';
import type { ClinikoBehaviour } from './options.ts';

const BODY_LIMIT = 1_048_576;

/** By default two organizations: 650 patients with 900 appointments, and 240 with 300. */
const DEMO: Readonly<Record<string, ClinicSize>> = {
  'north-clinic': { patients: 650, appointments: 900 },
  'south-clinic': { patients: 240, appointments: 300 },
};

export interface ClinikoSimulatorOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly seed?: number;
  readonly organizations?: Readonly<Record<string, ClinicSize>>;
  /** IANA zone of the clinics. */
  readonly timeZone?: string;
  /** Calls a minute and key. @default 200 */
  readonly perMinute?: number;
  /** Epoch milliseconds; the machine's clock by default. */
  readonly clock?: () => number;
  readonly behaviour?: Partial<ClinikoBehaviour>;
}

export interface ClinikoSimulator {
  /** Stands for the API host of every shard. */
  readonly url: string;
  /** One for each organization. */
  readonly controls: readonly ClinikoControl[];
  /** @throws RangeError when there is no such organization */
  control(organization: string): ClinikoControl;
  /** Ready-made connections, one for each organization and named after it. */
  connections(): readonly ClinikoConnectionEntry[];
  close(): Promise<void>;
}

interface Clinic {
  readonly account: ClinikoAccount;
  readonly control: ClinikoControl;
}

/** Starts a server on 127.0.0.1 that speaks Cliniko's API for several organizations, told apart by their keys. */
export async function startClinikoSimulator(options: ClinikoSimulatorOptions = {}): Promise<ClinikoSimulator> {
  const clinics: Clinic[] = [];
  const server = createServer((request, response) => {
    serve(clinics, request, response).catch(() => response.destroy());
  });
  await listen(server, options.port ?? 0);
  const url = addressOf(server);
  for (const [name, size] of Object.entries(options.organizations ?? DEMO)) {
    clinics.push(openClinic(name, size, url, { ...options, seed: (options.seed ?? 1) + clinics.length }));
  }
  return {
    url,
    controls: clinics.map(({ control }) => control),
    control: (organization) => clinicOf(clinics, organization).control,
    connections: () => clinics.map(({ account }) => connectionEntry(account.organization, url, account)),
    close: () => {
      for (const { control } of clinics) control.stopEditing();
      return close(server);
    },
  };
}

function openClinic(organization: string, size: ClinicSize, url: string, options: ClinikoSimulatorOptions): Clinic {
  const { seed = 1, clock = Date.now, timeZone, perMinute, behaviour } = options;
  const account = new ClinikoAccount({
    organization,
    seed,
    nowMs: clock,
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(perMinute === undefined ? {} : { perMinute }),
    ...(behaviour === undefined ? {} : { behaviour }),
  });
  const control = new ClinikoControl(account, `${url}/v1`);
  fillClinic(account, control.desks, size);
  return { account, control };
}

function clinicOf(clinics: readonly Clinic[], organization: string): Clinic {
  const found = clinics.find(({ account }) => account.organization === organization);
  if (found === undefined) throw new RangeError(`no organization ${organization}`);
  return found;
}

async function serve(clinics: readonly Clinic[], request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', `http://${request.headers.host ?? HOST}`);
  const method = request.method ?? 'GET';
  const body = await readBody(request, BODY_LIMIT);
  const [, organization = '', path = ''] = /^\/_control\/([^/]+)\/([a-z]+)$/.exec(url.pathname) ?? [];
  if (organization !== '') {
    const { account, control } = clinicOf(clinics, organization);
    const answer = answerControlCall(control, { method, path, parameters: url.searchParams, body });
    send(response, { answer }, account.wallMs());
    return;
  }
  const { authorization, 'user-agent': userAgent } = request.headers;
  const clinic = clinics.find(({ account }) => authorization === basicOf(account)) ?? clinics[0];
  if (clinic === undefined) throw new RangeError('no organization');
  const headers = { authorization, 'user-agent': userAgent };
  const fault = clinic.account.faults.shift();
  send(response, deliverCall(clinic.account, { method, url, headers }, fault), clinic.account.wallMs());
}

function basicOf({ apiKey }: ClinikoAccount): string {
  return `Basic ${Buffer.from(`${apiKey}:`).toString('base64')}`;
}

/** The `Date` is by the account's own clock, however wrong. */
function send(response: ServerResponse, { answer, isCutShort }: Delivery, wallMs: number): void {
  if (answer === undefined) {
    response.socket?.resetAndDestroy();
    return;
  }
  response.sendDate = false;
  response.writeHead(answer.status, { ...answer.headers, date: new Date(wallMs).toUTCString() });
  response.end(isCutShort ? halfOf(answer) : answer.body);
}

function halfOf({ body }: Answer): string {
  return body.slice(0, body.length >> 1);
}
