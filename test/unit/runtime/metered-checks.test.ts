import { expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../lib/config/policy.ts';
import { instantFromMs } from '../../../lib/domain/instant.ts';
import type { SourceCheck } from '../../../lib/ports/source.ts';
import { MeteredChecks } from '../../../lib/runtime/metered-checks.ts';
import { OpenedSources } from '../../../lib/runtime/opened-sources.ts';
import { zohoCreator } from '../../../lib/sources/zoho-creator/zoho-creator.ts';
import { InMemoryCallBudget } from '../../fakes/in-memory-call-budget.ts';
import { InMemoryConnectionRegistry } from '../../fakes/in-memory-connection-registry.ts';
import { InMemoryTelemetry } from '../../fakes/in-memory-telemetry.ts';
import { InMemoryTokenStore } from '../../fakes/in-memory-token-store.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { SeededRandomness } from '../../fakes/seeded-randomness.ts';
import { present } from '../../support/present.ts';
import { zohoConnection } from '../../support/zoho-connection.ts';

const REQUEST = { method: 'GET', url: 'http://source.test/', headers: {} } as const;
/** What one call tells. */
const CHECK: SourceCheck = {
  kind: 'zoho-creator',
  async check(_connection, { calls }) {
    const { status } = await calls.send(REQUEST);
    return [{ check: 'answer', status: 'ok', message: `status ${status}` }];
  },
};

it('a check asks a source that is held to be down, its call is counted, and the breaker stays as it is', async () => {
  const clock = new ManualClock();
  const budget = new InMemoryCallBudget(clock, 'first');
  const sources = new OpenedSources({
    kinds: [zohoCreator],
    connections: { list: async () => ({ connections: [zohoConnection()], broken: [] }) },
    registry: new InMemoryConnectionRegistry(),
    policy: DEFAULT_POLICY,
    budget,
    http: { send: async () => ({ status: 200, headers: {}, body: '', date: instantFromMs(0) }) },
    tokens: new InMemoryTokenStore(clock),
    clock,
    randomness: new SeededRandomness(1),
    telemetry: new InMemoryTelemetry(),
    allowLoopback: false,
  });
  const connection = present((await sources.list()).open[0], 'a connection');
  const { id } = connection.connection;
  for (let failure = 0; failure < 5; failure += 1) await budget.report(id, { outcome: 'failed', fraction: 1 });
  expect(await budget.reserve(id, connection.limits, 'force')).toMatchObject({ reason: 'breaker' });
  const before = await budget.read(id);
  const findings = await new MeteredChecks([CHECK], sources).check(connection);
  expect(findings).toEqual([{ check: 'answer', status: 'ok', message: 'status 200' }]);
  const after = await budget.read(id);
  expect([after.dayUsed, after.breaker]).toEqual([1, before.breaker]);
});
