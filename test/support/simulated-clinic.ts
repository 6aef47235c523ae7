import { instantFromMs } from '../../lib/domain/instant.ts';
import type { Connection } from '../../lib/ports/connections.ts';
import type { HttpRequest } from '../../lib/ports/http.ts';
import type { CheckFinding, Source, SourceCalls, SourceResponse, SourceTools } from '../../lib/ports/source.ts';
import { checkAccount } from '../../lib/sources/cliniko/check.ts';
import { cliniko } from '../../lib/sources/cliniko/cliniko.ts';
import { clinikoAccounts } from '../../lib/sources/cliniko/cliniko-accounts.ts';
import { accountCheck } from '../../lib/sources/kit/account-source.ts';
import { InMemoryTokenStore } from '../fakes/in-memory-token-store.ts';
import type { ManualClock } from '../fakes/manual-clock.ts';
import { SeededRandomness } from '../fakes/seeded-randomness.ts';
import { deliverCall } from '../simulators/cliniko/api.ts';
import { ClinikoAccount } from '../simulators/cliniko/cliniko-account.ts';
import { ClinikoControl } from '../simulators/cliniko/cliniko-control.ts';
import { connectionEntry } from '../simulators/cliniko/connection-entry.ts';
import type { ClinikoBehaviour } from '../simulators/cliniko/options.ts';
import { ScriptedHttp } from './scripted-http.ts';

const ORIGIN = 'http://127.0.0.1:1';

export interface ClinicOptions {
  readonly clock: ManualClock;
  readonly seed?: number;
  readonly behaviour?: Partial<ClinikoBehaviour>;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** A simulated account and the source that reads it, with nothing between them. */
export class SimulatedClinic implements SourceCalls {
  readonly account: ClinikoAccount;
  readonly control: ClinikoControl;
  readonly source: Source;
  readonly requests: HttpRequest[] = [];
  readonly #connection: Connection;
  readonly #tools: SourceTools;

  constructor({ clock, seed = 1, behaviour = {}, settings = {} }: ClinicOptions) {
    this.account = new ClinikoAccount({
      organization: 'clinic',
      seed,
      nowMs: () => clock.now(),
      perMinute: 1_000_000,
      behaviour,
    });
    this.control = new ClinikoControl(this.account, `${ORIGIN}/v1`);
    const entry = connectionEntry('clinic', ORIGIN, this.account);
    this.#connection = { ...entry, settings: { ...entry.settings, ...settings }, enabled: true, policy: {} };
    this.#tools = {
      calls: this,
      http: new ScriptedHttp(() => ({ body: '' })),
      tokens: new InMemoryTokenStore(clock),
      clock,
      randomness: new SeededRandomness(),
      allowLoopback: true,
    };
    this.source = cliniko.open(this.#connection, this.#tools);
  }

  check(): Promise<readonly CheckFinding[]> {
    return accountCheck(clinikoAccounts, checkAccount).check(this.#connection, this.#tools);
  }

  async send(request: HttpRequest): Promise<SourceResponse> {
    this.requests.push(request);
    const { method, url, headers } = request;
    const { answer } = deliverCall(this.account, { method, url: new URL(url), headers }, undefined);
    if (answer === undefined) throw new Error('no answer');
    const date = instantFromMs(Math.floor(this.account.wallMs() / 1_000) * 1_000);
    return { ...answer, date, order: this.requests.length };
  }
}
