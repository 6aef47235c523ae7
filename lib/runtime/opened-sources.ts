import type { Policy } from '../config/policy.ts';
import { resolveRules, strayStreams } from '../config/resolve-rules.ts';
import type { CallLimits } from '../domain/budget.ts';
import type { Priority } from '../domain/priority.ts';
import type { CallBudget } from '../ports/call-budget.ts';
import type { Clock } from '../ports/clock.ts';
import type { ConnectionRegistry } from '../ports/connection-registry.ts';
import type { BrokenConnection, Connection, Connections } from '../ports/connections.ts';
import type { Http } from '../ports/http.ts';
import type { Randomness } from '../ports/randomness.ts';
import type { SourceKind, SourceTools } from '../ports/source.ts';
import type { MeteredSource, OpenConnection, OpenConnections, Sources } from '../ports/sources.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { TokenStore } from '../ports/token-store.ts';
import { BreakerWatch } from '../sync/breaker-watch.ts';
import { type CallWatch, MeteredCalls } from '../sync/metered-calls.ts';
import { Turnstile } from '../sync/turnstile.ts';
import { WatchedSource } from '../sync/watched-source.ts';
import { arePartitionsShared, type ScopedConnection, untangle } from './shared-partitions.ts';

export interface SourceHouse {
  readonly kinds: readonly SourceKind[];
  readonly connections: Connections;
  readonly registry: Pick<ConnectionRegistry, 'list'>;
  readonly policy: Policy;
  readonly budget: CallBudget;
  readonly http: Http;
  readonly tokens: TokenStore;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly telemetry: Telemetry;
  readonly allowLoopback: boolean;
}

export interface WatchedTools {
  readonly tools: SourceTools;
  readonly calls: MeteredCalls;
  readonly watch: BreakerWatch;
}

/** Opens each connection with its kind of source; one that cannot be opened is listed as broken, and stops no other. */
export class OpenedSources implements Sources {
  readonly #house: SourceHouse;
  readonly #turnstiles = new Map<string, Turnstile>();

  constructor(house: SourceHouse) {
    this.#house = house;
  }

  async list(): Promise<OpenConnections> {
    const { connections, broken } = await this.#house.connections.list();
    const usable: ScopedConnection[] = [];
    const refused: BrokenConnection[] = [];
    for (const connection of connections) {
      const opened = this.#open(connection);
      if ('problems' in opened) refused.push(opened);
      else usable.push(opened);
    }
    const untangled = untangle(usable, await this.#firstThere(usable));
    return { open: untangled.open, broken: [...broken, ...refused, ...untangled.refused] };
  }

  /** Asked only where it matters, which is nearly never: every function opens its connections. */
  async #firstThere(usable: readonly ScopedConnection[]): Promise<ReadonlySet<string>> {
    if (!arePartitionsShared(usable)) return new Set();
    const known = await this.#house.registry.list();
    return new Set(known.map(({ connection }) => connection));
  }

  #open(connection: Connection): ScopedConnection | BrokenConnection {
    const { kinds, allowLoopback, policy } = this.#house;
    const kind = kinds.find((candidate) => candidate.kind === connection.source);
    if (kind === undefined) {
      const known = kinds.map((candidate) => candidate.kind).join(', ');
      return { id: connection.id, problems: [`source: "${connection.source}" is not known; expected one of ${known}`] };
    }
    const problems = kind.problems(connection, { allowLoopback });
    if (problems.length > 0) return { id: connection.id, problems };
    const limits = kind.limits(connection);
    const source = (priority: Priority): MeteredSource => this.#source(kind, connection, priority);
    const definitions = source('scheduled').streams;
    const stray = strayStreams(connection, definitions);
    if (stray.length > 0) return { id: connection.id, problems: stray };
    const streams = definitions.map((stream) => ({ ...stream, rules: resolveRules(policy, connection, stream.name) }));
    return { opened: { connection, limits, streams, source }, scope: kind.partitionScope?.(connection) };
  }

  #source(kind: SourceKind, connection: Connection, priority: Priority): MeteredSource {
    const { tools, calls, watch } = this.tools({ connection, limits: kind.limits(connection) }, priority);
    return new WatchedSource(kind.open(connection, tools), watch, calls);
  }

  /** What a check of an account works with: its calls are counted, and the circuit breaker neither holds nor hears them. */
  checkTools({ connection, limits }: Pick<OpenConnection, 'connection' | 'limits'>): SourceTools {
    return this.#tools(connection.id, limits, 'force', { question: { insists: true }, granted: () => undefined }).tools;
  }

  /** What a connection's source works with, where its calls are counted, and who watches over its answers. */
  tools({ connection, limits }: Pick<OpenConnection, 'connection' | 'limits'>, priority: Priority): WatchedTools {
    const { budget, randomness, telemetry } = this.#house;
    const watch = new BreakerWatch({ connection: connection.id, budget, randomness, telemetry });
    return { ...this.#tools(connection.id, limits, priority, watch), watch };
  }

  #tools(connection: string, limits: CallLimits, priority: Priority, watch: CallWatch): Omit<WatchedTools, 'watch'> {
    const { budget, http, telemetry, tokens, clock, randomness, allowLoopback } = this.#house;
    const turnstile = this.#turnstileOf(connection);
    const calls = new MeteredCalls({ connection, limits, priority, budget, http, telemetry, watch, turnstile, clock });
    return { tools: { calls, http, tokens, clock, randomness, allowLoopback }, calls };
  }

  #turnstileOf(connection: string): Turnstile {
    const known = this.#turnstiles.get(connection) ?? new Turnstile();
    this.#turnstiles.set(connection, known);
    return known;
  }
}
