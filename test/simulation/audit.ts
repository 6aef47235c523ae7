import { applyPlan } from '../../lib/sync/decide-plan.ts';
import { requestAudit } from '../../lib/sync/request-audit.ts';
import type { Simulation } from './simulation.ts';

/** Asks for what finds deletions and losses: everything is compared with the source, and mended. */
export function audit(simulation: Simulation): void {
  simulation.ask('audit', async (ports, connection) => {
    const [stream] = connection.streams;
    if (stream !== undefined) await requestAudit(ports, { connection, stream }, { repair: true, deep: true });
  });
}

/** A person approves every deletion that the brake has held. @returns how many plans that were */
export function approvePlans(simulation: Simulation): number {
  let approved = 0;
  for (const { plan, state, reason } of simulation.state.tables.plans.values()) {
    if (state !== 'held' || reason !== 'absent') continue;
    approved += 1;
    simulation.ask('approve', (ports, _connection, sources) => applyPlan(ports, sources, plan));
  }
  return approved;
}
