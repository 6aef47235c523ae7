import { type InvocationContext, sliceOf } from '../../lib/runtime/invocation.ts';
import { createRuntime } from '../../lib/runtime/runtime.ts';
import { SOURCE_KINDS } from '../../lib/sources/source-kinds.ts';
import { planCycle } from '../../lib/sync/plan-cycle.ts';
import { auditAll, discoverAll, walkAll } from '../../lib/sync/plan-seldom.ts';
import { parsePlannerJob } from './planner-job.ts';

const runtime = createRuntime('planner', SOURCE_KINDS);

/** Invoked by the schedules. Safe to run twice at once, late, or after a long silence. */
export async function handler(event: unknown, context: InvocationContext): Promise<void> {
  const { ports, sources, telemetry } = runtime;
  const slice = sliceOf(context);
  try {
    switch (parsePlannerJob(event)) {
      case 'plan':
        return await planCycle(ports, sources, slice);
      case 'discover':
        return await discoverAll(ports, sources, slice);
      case 'full':
        return await walkAll(ports, sources, slice);
      case 'audit':
        return await auditAll(ports, sources, slice);
    }
  } finally {
    telemetry.flush();
  }
}
