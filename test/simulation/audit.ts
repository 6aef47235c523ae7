import { requestPartitionSync } from '../../lib/sync/request-sync.ts';
import type { Simulation } from './simulation.ts';

/** Asks for what finds deletions and losses: every shelf is read as a whole. */
export function audit(simulation: Simulation): void {
  for (const shelf of simulation.library.shelves) {
    simulation.ask(`audit ${shelf}`, async (ports, connection) => {
      const [stream] = connection.streams;
      if (stream !== undefined) await requestPartitionSync(ports, { connection, stream }, shelf, 'full');
    });
  }
}
