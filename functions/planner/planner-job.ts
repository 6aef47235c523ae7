import * as z from 'zod/mini';

/** What a schedule asks of the planner. */
const jobSchema = z.object({ job: z.enum(['plan', 'discover', 'full', 'audit']) });

export type PlannerJob = z.infer<typeof jobSchema>['job'];

/** @throws Error that says what was expected, so that a hand-made event is easy to mend */
export function parsePlannerJob(event: unknown): PlannerJob {
  const parsed = jobSchema.safeParse(event);
  if (parsed.success) return parsed.data.job;
  throw new Error('the planner expects an event like {"job":"plan"}, with job one of plan, discover, full, audit');
}
