import type { Policy } from '../../../lib/config/policy.ts';
import type { Connection } from '../../../lib/ports/connections.ts';
import type { Http } from '../../../lib/ports/http.ts';
import type { SourceKind } from '../../../lib/ports/source.ts';
import type { OpenConnection, Sources } from '../../../lib/ports/sources.ts';
import { OpenedSources } from '../../../lib/runtime/opened-sources.ts';
import type { GivingBack } from '../../../lib/sync/give-back.ts';
import type { SyncPorts } from '../../../lib/sync/sync-context.ts';
import type { InMemoryCallBudget } from '../../fakes/in-memory-call-budget.ts';
import type { InMemoryTokenStore } from '../../fakes/in-memory-token-store.ts';
import type { Timeline } from './timeline.ts';
import type { Worker, Workers } from './workers.ts';

/** Ports of which no call waits: they answer at once and change nothing that others see. */
const IMMEDIATE: ReadonlySet<string> = new Set(['randomness', 'telemetry']);

/** Where records come from. */
export interface SourceSide {
  readonly kinds: readonly SourceKind[];
  readonly http: Http;
  readonly connection: Connection;
  /** Further connections of the stage. */
  readonly others?: readonly Connection[];
}

export interface Surroundings {
  readonly timeline: Timeline;
  readonly workers: Workers;
  /** Typed by name, so that a port that is added is wrapped like the others. */
  readonly ports: SyncPorts;
  readonly givingBack: GivingBack;
  readonly budget: InMemoryCallBudget;
  readonly tokens: InMemoryTokenStore;
  readonly source: SourceSide;
  readonly policy: Policy;
}

/** What one invocation works with. */
export interface Equipment {
  readonly ports: SyncPorts;
  readonly sources: Sources;
  readonly givingBack: GivingBack;
}

/** The ports and sources of one worker: every call of every port waits its turn. */
export function equip({ timeline, workers, ...rest }: Surroundings, worker: Worker, environment: string): Equipment {
  const budget = workers.port(worker, 'budget', rest.budget.another(environment));
  const clock = workers.clock(worker, timeline);
  const ports: SyncPorts = { ...wrapAll(workers, worker, rest.ports), budget, clock };
  const { randomness, telemetry } = ports;
  const sources = new OpenedSources({
    kinds: rest.source.kinds,
    connections: {
      list: async () => ({ connections: [rest.source.connection, ...(rest.source.others ?? [])], broken: [] }),
    },
    registry: ports.registry,
    policy: rest.policy,
    budget,
    http: workers.port(worker, 'http', rest.source.http),
    tokens: workers.port(worker, 'tokens', rest.tokens),
    clock,
    randomness,
    telemetry,
    allowLoopback: true,
  });
  const { notes, redelivery, retryMs } = rest.givingBack;
  const givingBack = {
    notes: workers.port(worker, 'notes', notes),
    redelivery: workers.port(worker, 'redelivery', redelivery),
    retryMs,
  };
  return { ports, sources, givingBack };
}

/** @throws Error when the connection cannot be opened */
export async function onlyConnection(sources: Sources): Promise<OpenConnection> {
  const { open } = await sources.list();
  const [connection] = open;
  if (connection === undefined) throw new Error('the simulated connection cannot be opened');
  return connection;
}

function wrapAll(workers: Workers, worker: Worker, ports: SyncPorts): SyncPorts {
  return new Proxy(ports, {
    get: (target, name, receiver) => {
      const port: unknown = Reflect.get(target, name, receiver);
      if (typeof name !== 'string' || typeof port !== 'object' || port === null || IMMEDIATE.has(name)) return port;
      return workers.port(worker, name, port);
    },
  });
}
