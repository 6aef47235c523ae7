import { STREAMS } from '../../../../test/simulators/cliniko/cliniko-control.ts';
import { startClinikoSimulator } from '../../../../test/simulators/cliniko/cliniko-simulator.ts';
import { thousands } from '../costs.ts';
import type { SimulatedAccount } from './simulated-account.ts';

/** Two organizations, each with patients and appointments. The vendor counts no days. */
export async function startClinikoAccount(): Promise<SimulatedAccount> {
  const simulator = await startClinikoSimulator();
  const { url, controls } = simulator;
  const sizeOf = (stream: (typeof STREAMS)[number]): string =>
    thousands(controls.reduce((sum, control) => sum + control.records(stream).length, 0));
  return {
    kind: 'cliniko',
    url,
    summary: `Cliniko, simulated at ${url}: ${controls.length} organizations, ${sizeOf('patients')} patients, ${sizeOf('appointments')} appointments`,
    connections: simulator.connections().map((connection) => ({ ...connection })),
    calls: () => ({ records: controls.reduce((sum, control) => sum + control.calls(), 0), others: 0 }),
    truth: () =>
      controls.flatMap((control) =>
        STREAMS.map((stream) => ({
          connection: control.organization,
          stream,
          partitionKind: 'organization',
          partitions: [control.organization],
          records: control.records(stream).map((record) => ({ ...record, partition: control.organization })),
        })),
      ),
    change: () => {
      for (const control of controls) control.changeSome();
    },
    startEditing: (everyMs) => {
      for (const control of controls) control.startEditing(everyMs);
    },
    close: () => simulator.close(),
  };
}
