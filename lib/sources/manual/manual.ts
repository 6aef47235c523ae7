import { type Source, SourceFailure, type SourceKind, type StreamDefinition } from '../../ports/source.ts';
import { isJsonObject, parseExactJson } from '../kit/exact-json.ts';
import { PartitionNamespace } from '../kit/partition-namespace.ts';
import { MANUAL_STREAMS, parseSettings } from './settings.ts';
import { settingsOf } from './valid-settings.ts';

/** Nobody is called: what is counted is the order of imports. */
const CALLS = { perMinute: 60_000, concurrent: 100, callTimeoutMs: 1_000 } as const;

/** Leads that people bring in files, for stores that no system of record knows them in. It has no API to ask. */
export const manual: SourceKind = {
  kind: 'manual',

  problems(connection) {
    const parsed = parseSettings(connection);
    return parsed.outcome === 'valid' ? [] : parsed.problems;
  },

  limits: (connection) => ({ ...CALLS, resetZone: settingsOf(connection).timeZone }),

  // Stores are named by people.
  partitionScope: () => 'stores',

  open: ({ namespace }) => new ManualSource(new PartitionNamespace(namespace)),
};

class ManualSource implements Source {
  readonly streams: readonly StreamDefinition[] = MANUAL_STREAMS.map((name) => ({
    name,
    partitionKind: 'location',
    coverage: 'import',
    // The store is part of what a record is known by: it never moves.
    locators: false,
    identities: identitiesOf,
  }));
  readonly #namespace: PartitionNamespace;

  constructor(namespace: PartitionNamespace) {
    this.#namespace = namespace;
  }

  async read(): Promise<never> {
    throw nobodyToAsk();
  }

  async sweep(): Promise<never> {
    throw nobodyToAsk();
  }

  async listPartitions() {
    return { partitions: [] };
  }

  isPartitionId(_stream: string, text: string): boolean {
    const own = this.#namespace.own(text);
    return own !== undefined && /^[A-Za-z0-9_.-]{1,96}$/.test(own);
  }
}

function nobodyToAsk(): SourceFailure {
  return new SourceFailure('source-misconfigured', 'a manual stream has no source to ask: bring its records by import');
}

/** A booking, where the row names one; and what the row is known by in any case. */
function identitiesOf(body: string): readonly string[] {
  const lead = parseExactJson(body);
  if (!isJsonObject(lead)) return [];
  const { phone, name, store, leadType, date, bookingNo } = lead;
  const booking = bookingNo === undefined ? [] : [['booking', bookingNo, phone, leadType]];
  return [...booking, ['lead', phone, name, store, leadType, date]].map((parts) => JSON.stringify(parts).toLowerCase());
}
