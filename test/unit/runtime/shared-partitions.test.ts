import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../lib/config/policy.ts';
import type { Connection } from '../../../lib/ports/connections.ts';
import { OpenedSources } from '../../../lib/runtime/opened-sources.ts';
import { SOURCE_KINDS } from '../../../lib/sources/source-kinds.ts';
import { InMemoryCallBudget } from '../../fakes/in-memory-call-budget.ts';
import { InMemoryConnectionRegistry } from '../../fakes/in-memory-connection-registry.ts';
import { InMemoryTelemetry } from '../../fakes/in-memory-telemetry.ts';
import { InMemoryTokenStore } from '../../fakes/in-memory-token-store.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { SeededRandomness } from '../../fakes/seeded-randomness.ts';

type Entry = Pick<Connection, 'id' | 'source' | 'settings'> & Partial<Connection>;

const RENTAL = { source: 'rental', settings: { timeZone: 'Asia/Kolkata', historyFrom: '2026-01-01' } } as const;
const CLINIC = { timeZone: 'Australia/Sydney', userAgent: 'Front desk (it@clinic.example)' } as const;
const DESK = { source: 'manual', settings: { timeZone: 'Asia/Kolkata' } } as const;
const EVENTS = {
  dataCenter: 'US',
  owner: 'acme',
  app: 'events',
  registrations: { report: 'All_Registrations' },
  events: { report: 'All_Events' },
  timeZone: 'UTC',
} as const;

describe('connections whose partitions would have the same ids', () => {
  it.each<readonly [what: string, one: Entry, other: Entry]>([
    ['two rental companies', { id: 'a', ...RENTAL }, { id: 'b', ...RENTAL }],
    ['two desks', { id: 'a', ...DESK }, { id: 'b', ...DESK }],
    ['two keys of one organization', clinic('a', 'main'), clinic('b', 'main')],
    ['two reports of the same events', zoho('a', 'Online'), zoho('b', 'On_Site')],
  ])('keep apart: %s', async (_what, one, other) => {
    expect(await opened([one, other])).toEqual({
      open: ['a'],
      broken: { b: [expect.stringContaining('connection a')] },
    });
    expect(await opened([one, { ...other, namespace: 'second' }])).toEqual({ open: ['a', 'b'], broken: {} });
  });

  it('leave the one going that has records in the cache already, whatever it is called', async () => {
    const broken = { a: [expect.stringContaining('connection b')] };
    const entries = [
      { id: 'a', ...RENTAL },
      { id: 'b', ...RENTAL },
    ];
    expect(await opened(entries, ['b'])).toEqual({ open: ['b'], broken });
    const [a, b] = entries.map((entry) => ({ ...entry, namespace: 'same' }));
    expect(
      await opened(
        [a, b].flatMap((entry) => entry ?? []),
        ['b'],
      ),
    ).toEqual({ open: ['b'], broken });
  });

  it('do not mind one that was never enabled', async () => {
    const entries = [
      { id: 'a', ...RENTAL, enabled: false },
      { id: 'b', ...RENTAL },
    ];
    expect(await opened(entries)).toMatchObject({ open: ['b'] });
  });

  it('are not those of several organizations, applications or kinds of source', async () => {
    const entries = [
      clinic('a'),
      clinic('b'),
      { id: 'c', ...RENTAL },
      { id: 'd', ...DESK },
      zoho('e'),
      zoho('f', 'R', 'x'),
    ];
    expect(await opened(entries)).toEqual({ open: ['a', 'b', 'c', 'd', 'e', 'f'], broken: {} });
  });
});

function clinic(id: string, organization?: string): Entry {
  const settings = { ...CLINIC, ...(organization === undefined ? {} : { organization }) };
  return { id, source: 'cliniko', settings, secrets: { apiKey: 'key-au2' } };
}

function zoho(id: string, report = 'All_Registrations', app = 'events'): Entry {
  const secrets = { clientId: '1000.A', clientSecret: 'b', refreshToken: '1000.c' };
  return { id, source: 'zoho-creator', settings: { ...EVENTS, app, registrations: { report } }, secrets };
}

async function opened(entries: readonly Entry[], known: readonly string[] = []) {
  const clock = new ManualClock();
  const connections = entries.map((entry) => ({ enabled: true, policy: {}, secrets: {}, ...entry }));
  const registry = new InMemoryConnectionRegistry();
  for (const connection of known) await registry.remember({ connection, streams: [] });
  const sources = new OpenedSources({
    kinds: SOURCE_KINDS,
    connections: { list: async () => ({ connections, broken: [] }) },
    registry,
    policy: DEFAULT_POLICY,
    budget: new InMemoryCallBudget(clock, 'here'),
    http: { send: () => Promise.reject(new Error('nobody is asked')) },
    tokens: new InMemoryTokenStore(clock),
    clock,
    randomness: new SeededRandomness(1),
    telemetry: new InMemoryTelemetry(),
    allowLoopback: false,
  });
  const { open, broken } = await sources.list();
  return {
    open: open.map(({ connection }) => connection.id),
    broken: Object.fromEntries(broken.map(({ id, problems }) => [id, problems])),
  };
}
