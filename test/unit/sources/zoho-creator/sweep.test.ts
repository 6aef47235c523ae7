import { describe, expect, it } from 'vitest';
import { FetchHttp } from '../../../../lib/adapters/http/fetch-http.ts';
import { SystemClock } from '../../../../lib/adapters/system/system-clock.ts';
import type { Connection } from '../../../../lib/ports/connections.ts';
import type {
  CheckFinding,
  SourceCalls,
  SourceTools,
  SourceVersion,
  SweepQuery,
} from '../../../../lib/ports/source.ts';
import { accountCheck } from '../../../../lib/sources/kit/account-source.ts';
import { checkAccount } from '../../../../lib/sources/zoho-creator/check.ts';
import { zohoAccounts } from '../../../../lib/sources/zoho-creator/zoho-accounts.ts';
import { zohoCreator } from '../../../../lib/sources/zoho-creator/zoho-creator.ts';
import { InMemoryTokenStore } from '../../../fakes/in-memory-token-store.ts';
import { SeededRandomness } from '../../../fakes/seeded-randomness.ts';
import { startZohoSimulator, type ZohoSimulator } from '../../../simulators/zoho-creator/zoho-simulator.ts';
import { present } from '../../../support/present.ts';
import { FIRST, smallData } from '../../simulators/small-data.ts';

interface Swept {
  readonly simulator: ZohoSimulator;
  readonly check: () => Promise<readonly CheckFinding[]>;
  readonly sweep: (query?: Partial<SweepQuery>) => Promise<readonly SourceVersion[]>;
}

/** A source in front of a server with 1,500 registrations. */
async function withSource(use: (swept: Swept) => Promise<void>): Promise<void> {
  const simulator = await startZohoSimulator({ data: smallData(1_500) });
  try {
    const [connection, tools] = openingOf(simulator);
    const source = zohoCreator.open(connection, tools);
    const sweep = async (query: Partial<SweepQuery> = {}) => {
      const versions: SourceVersion[] = [];
      let next: string | undefined;
      do {
        const page = await source.sweep({ stream: 'registrations', ...query }, next);
        versions.push(...page.versions);
        next = page.next;
      } while (next !== undefined);
      return versions.toSorted((a, b) => a.id.localeCompare(b.id));
    };
    const check = () => accountCheck(zohoAccounts, checkAccount).check(connection, tools);
    await use({ simulator, check, sweep });
  } finally {
    await simulator.close();
  }
}

function openingOf(simulator: ZohoSimulator): readonly [Connection, SourceTools] {
  const clock = new SystemClock();
  const http = new FetchHttp({ userAgent: 'tidemark-test', timeoutMs: 5_000 });
  let order = 0;
  const calls: SourceCalls = {
    send: async (request) => {
      const response = await http.send(request);
      order += 1;
      return { ...response, order, date: present(response.date, 'the Date header') };
    },
  };
  const connection = { ...simulator.connection(), enabled: true, policy: {} };
  const tokens = new InMemoryTokenStore(clock);
  return [connection, { calls, http, tokens, clock, randomness: new SeededRandomness(), allowLoopback: true }];
}

describe('a sweep', () => {
  it('of everything tells the version of every record there is, in a call a thousand', () =>
    withSource(async ({ simulator, sweep }) => {
      const truth = simulator.control
        .records()
        .map(({ id, event, modified }) => ({ id, partition: event, modified }))
        .toSorted((a, b) => a.id.localeCompare(b.id));
      expect(await sweep()).toEqual(truth);
      expect(simulator.control.calls().registrations).toBe(2);
    }));

  it('of one event leaves the others out, and asks for no contents', () =>
    withSource(async ({ simulator, sweep }) => {
      const versions = await sweep({ partition: FIRST });
      expect(versions).toHaveLength(750);
      expect(new Set(versions.map(({ partition }) => partition))).toEqual(new Set([FIRST]));
      const [request] = simulator.control.requests().filter(({ kind }) => kind === 'registrations');
      expect(request?.parameters.fields).toBe('ID,Event_Info,Added_Time,Modified_Time');
    }));

  it('leaves out records without an event or a readable time', () =>
    withSource(async ({ simulator, sweep }) => {
      const { control } = simulator;
      const [first, second, third] = control.records(FIRST).map(({ id }) => id);
      control.edit(present(first, 'a record'), { omit: ['Event_Info'] });
      control.edit(present(second, 'a record'), { raw: { Modified_Time: '"soon"' } });
      control.edit(present(third, 'a record'), { omit: ['Added_Time'] });
      const ids = (await sweep()).map(({ id }) => id);
      expect(ids).toHaveLength(1_498);
      expect(ids).toContain(third);
    }));

  it('meets the live account’s check, which says what to set where it would not', () =>
    withSource(async ({ simulator, check: checkAll }) => {
      const finding = async () => (await checkAll()).find(({ check }) => check === 'sweep-fields');
      expect(await finding()).toMatchObject({ status: 'ok' });
      simulator.control.setBehaviour({ customView: 'refused' });
      expect(await finding()).toMatchObject({ status: 'failed', message: expect.stringContaining('sweepFields') });
    }));
});
