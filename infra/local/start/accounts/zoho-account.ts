import { BIG_EVENT } from '../../../../test/simulators/zoho-creator/demo-data-set.ts';
import { startZohoSimulator } from '../../../../test/simulators/zoho-creator/zoho-simulator.ts';
import type { TrueRecord } from '../compare-records.ts';
import { thousands } from '../costs.ts';
import type { AccountOptions, SimulatedAccount } from './simulated-account.ts';

const CHANGES = { changes: 25, events: 5 };

/** A partition to force, as `{connection}/{stream}/{partition}`. */
export const ZOHO_EXAMPLE = `main/registrations/${BIG_EVENT}`;

/** 40 events with 4,383 registrations. */
export async function startZohoAccount({ callsPerDay }: AccountOptions): Promise<SimulatedAccount> {
  const simulator = await startZohoSimulator({
    data: 'demo',
    limits: { perDay: callsPerDay },
  });
  const { url, control } = simulator;
  const size = `${control.events().length} events, ${thousands(control.records().length)} registrations`;
  return {
    kind: 'zoho-creator',
    url,
    summary: `Zoho Creator, simulated at ${url}: ${size}`,
    connections: [{ ...simulator.connection() }],
    calls: () => {
      const { registrations, ...others } = control.calls();
      return { records: registrations, others: Object.values(others).reduce((sum, calls) => sum + calls, 0) };
    },
    truth: () => [
      {
        connection: 'main',
        stream: 'registrations',
        partitionKind: 'event',
        partitions: control.events().map(({ id }) => id),
        records: control.records().flatMap(({ id, event, body }): TrueRecord[] => {
          return event === null ? [] : [{ id, partition: event, body }];
        }),
      },
    ],
    change: () => void control.changeBatch(CHANGES),
    startEditing: (everyMs) => control.startEditing({ everyMs }),
    close: () => simulator.close(),
  };
}
