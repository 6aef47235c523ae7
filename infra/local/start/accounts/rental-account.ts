import { startRentalSimulator } from '../../../../test/simulators/rental/rental-simulator.ts';
import { thousands } from '../costs.ts';
import type { AccountOptions, SimulatedAccount } from './simulated-account.ts';

const CHANGES = 25;
const CONNECTION = 'rental';

/** 21 locations with 1,260 bookings and 630 returns. */
export async function startRentalAccount({ callsPerDay }: AccountOptions): Promise<SimulatedAccount> {
  const simulator = await startRentalSimulator();
  const { url, control } = simulator;
  const sizeOf = (stream: 'stores' | 'bookings' | 'returns'): string => thousands(control.records(stream).length);
  const entry = simulator.connection(CONNECTION);
  return {
    kind: 'rental',
    url,
    summary: `Rental company, simulated at ${url}: ${sizeOf('stores')} locations, ${sizeOf('bookings')} bookings, ${sizeOf('returns')} returns`,
    connections: [{ ...entry, settings: { ...entry.settings, callsPerDay } }],
    calls: () => {
      const { stores, bookings, returns } = control.calls();
      return { records: bookings + returns, others: stores };
    },
    truth: () =>
      control.streams.map((stream) => ({
        connection: CONNECTION,
        stream: stream.name,
        partitionKind: stream.name === 'stores' ? 'chain' : 'location',
        partitions: stream.partitions(),
        records: stream.records(),
      })),
    change: () => control.changeBatch(CHANGES),
    startEditing: (everyMs) => control.startEditing({ everyMs }),
    close: () => simulator.close(),
  };
}
