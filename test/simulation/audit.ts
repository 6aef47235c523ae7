import { applyPlan } from '../../lib/sync/decide-plan.ts';
import { requestAudit } from '../../lib/sync/request-audit.ts';
import type { Machinery } from './engine/machinery.ts';
import type { SystemState } from './monitors/state.ts';

/** Asks for what finds deletions and losses: everything is compared with the source, and mended. */
export function audit(people: Pick<Machinery, 'ask'>): void {
  people.ask('audit', async (ports, connection) => {
    for (const stream of connection.streams) {
      await requestAudit(ports, { connection, stream }, { repair: true, deep: true });
    }
  });
}

/** A person approves every deletion that the brake has held. @returns how many plans that were */
export function approvePlans(people: Pick<Machinery, 'ask'>, { tables }: SystemState): number {
  let approved = 0;
  for (const { plan, state, reason } of tables.plans.values()) {
    if (state !== 'held' || reason !== 'absent') continue;
    approved += 1;
    people.ask('approve', (ports, _connection, sources) => applyPlan(ports, sources, plan));
  }
  return approved;
}
