import { describe, expect, it } from 'vitest';
import { parsePlannerJob } from '../../../functions/planner/planner-job.ts';

describe('the planner function', () => {
  it.each(['plan', 'discover', 'full', 'audit'] as const)('takes the event of the schedule for %s', (job) => {
    expect(parsePlannerJob({ job, scheduledAt: '2026-11-21T06:45:00Z' })).toBe(job);
  });

  it.each([[{}], [{ job: 'everything' }], ['plan'], [null]])('says what it expects when given %j', (event) => {
    expect(() => parsePlannerJob(event)).toThrow('{"job":"plan"}');
  });
});
