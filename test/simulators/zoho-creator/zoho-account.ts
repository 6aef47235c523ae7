import { instantFromMs } from '../../../lib/domain/instant.ts';
import { SeededRandom } from '../seeded-random.ts';
import { CallLog } from './call-log.ts';
import { Cursors } from './cursors.ts';
import { demoDataSet } from './demo-data-set.ts';
import { Faults } from './faults.ts';
import type { LocalFormat } from './local-time.ts';
import type { ZohoBehaviour, ZohoSetup } from './options.ts';
import { RateLimits } from './rate-limits.ts';
import { RecordStore } from './record-store.ts';
import type { SimulatedData } from './simulated-data.ts';
import { SimulatorClock } from './simulator-clock.ts';
import { TokenOffice } from './tokens.ts';
import { WalkHooks } from './walk-hooks.ts';

/** The demo's history ends here, or at the start of a server whose clock is earlier. */
const DEMO_UNTIL = instantFromMs(Date.UTC(2026, 9, 1));

/** Everything behind the two hosts: one account with one app. */
export interface ZohoAccount {
  readonly clock: SimulatorClock;
  readonly local: LocalFormat;
  readonly store: RecordStore;
  readonly tokens: TokenOffice;
  readonly limits: RateLimits;
  readonly cursors: Cursors;
  readonly faults: Faults;
  readonly hooks: WalkHooks;
  readonly log: CallLog;
  readonly random: SeededRandom;
  behaviour: ZohoBehaviour;
}

export function openAccount(setup: ZohoSetup): ZohoAccount {
  const { seed, timeZone, dateFormat, superAdminZone, limits } = setup;
  const clock = new SimulatorClock(setup.clock, setup.skewMs);
  const local = { timeZone, dateFormat };
  const store = new RecordStore({ clock, local, seed: seed + 1 });
  store.load(initialData(setup, clock));
  return {
    clock,
    local,
    store,
    tokens: new TokenOffice({ clock, seed: seed + 2, lifetimeSeconds: setup.tokenLifetimeSeconds }),
    limits: new RateLimits({ clock, limits, superAdminZone }),
    cursors: new Cursors(clock, seed + 3),
    faults: new Faults(new SeededRandom(seed + 4)),
    hooks: new WalkHooks(),
    log: new CallLog(),
    random: new SeededRandom(seed + 5),
    behaviour: setup.behaviour,
  };
}

function initialData({ data, seed }: ZohoSetup, clock: SimulatorClock): SimulatedData {
  if (data === 'empty') return { events: [], registrations: [] };
  if (data !== 'demo') return data;
  return demoDataSet(seed, instantFromMs(Math.min(DEMO_UNTIL, clock.wallNow())));
}
