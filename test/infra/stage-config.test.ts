import { describe, expect, it } from 'vitest';
import { STAGES } from '../../infra/config.ts';
import { chooseStage, resolveStage } from '../../infra/stage-config.ts';
import { ENVIRONMENT_VARIABLES } from '../../lib/config/environment.ts';
import { DEFAULT_POLICY } from '../../lib/config/policy.ts';
import { readEnvironment } from '../../lib/config/read-environment.ts';

describe('a stage', () => {
  it('is complete when only its name is given', () => {
    const config = resolveStage({ stage: 'prod' });
    expect(config.policy).toEqual(DEFAULT_POLICY);
    expect(config.schedules).toEqual({
      plan: { cron: '0/5 * * * ? *', timeZone: 'Etc/UTC', enabled: true },
      discover: { cron: '7 * * * ? *', timeZone: 'Etc/UTC', enabled: true },
      full: { cron: '0 2 * * ? *', timeZone: 'Etc/UTC', enabled: false },
      audit: { cron: '30 3 * * ? *', timeZone: 'Etc/UTC', enabled: true },
    });
    expect(config.laneConcurrency).toEqual({ priority: 2, scheduled: 2, slow: 4 });
  });

  it('asks every five minutes, calls stale what is older than fifteen, and tries a call three times, unless told otherwise', () => {
    const { policy } = resolveStage({ stage: 'prod' });
    const usual = { intervalMinutes: 5, staleAfterMinutes: 15, overlapMinutes: 5, batchSize: 5, attempts: 3 };
    expect(policy).toMatchObject(usual);
    const own = { intervalMinutes: 1, staleAfterMinutes: 3, overlapMinutes: 2, batchSize: 10, attempts: 1 };
    expect(resolveStage({ stage: 'prod', policy: own }).policy).toMatchObject(own);
  });

  it('keeps what is not overridden', () => {
    const config = resolveStage({
      stage: 'prod',
      policy: { attempts: 5 },
      schedules: { full: { enabled: true, timeZone: 'Europe/London' } },
    });
    expect(config.policy).toEqual({ ...DEFAULT_POLICY, attempts: 5 });
    expect(config.schedules.full).toEqual({ cron: '0 2 * * ? *', timeZone: 'Europe/London', enabled: true });
  });

  it('is refused with every mistake at once, and what each must be', () => {
    const refused = () =>
      resolveStage({
        stage: 'priority-1',
        schedules: { plan: { cron: '*/5 * * * *', timeZone: 'Europe/Londres' } },
        policy: { batchSize: 11 },
        laneConcurrency: { scheduled: 1 },
        logRetentionDays: 31,
        alarmEmail: 'somebody',
      });
    for (const problem of [
      'stage "priority-1"',
      'stage: must be 1 to 16 of a-z',
      'schedules.plan.cron: must have six fields',
      'schedules.plan.timeZone: must be an IANA time zone',
      'policy.batchSize',
      'laneConcurrency.scheduled',
      'logRetentionDays: must be a retention CloudWatch offers',
      'alarmEmail',
    ]) {
      expect(refused).toThrow(problem);
    }
  });

  it('is refused when every stream would always be stale', () => {
    expect(() => resolveStage({ stage: 'prod', policy: { intervalMinutes: 20 } })).toThrow(
      'policy.staleAfterMinutes: must be greater than intervalMinutes',
    );
  });

  it('never has a policy that the functions refuse', () => {
    const extremes = [
      { intervalMinutes: 0.5, staleAfterMinutes: 1, overlapMinutes: 1_440, settleSeconds: 3_600 },
      { batchSize: 1, attempts: 1, inlineBytes: 0, detectDiscrepancies: false },
      { batchSize: 10, attempts: 10, inlineBytes: 200_000, retrySeconds: 180 },
    ];
    for (const policy of extremes) {
      const resolved = resolveStage({ stage: 'prod', policy }).policy;
      const variables = Object.fromEntries(ENVIRONMENT_VARIABLES.map((name) => [name, '']));
      expect(readEnvironment({ ...variables, POLICY: JSON.stringify(resolved) }).policy).toEqual(resolved);
    }
  });
});

describe('the stages of infra/config.ts', () => {
  it('can all be built', () => {
    for (const { stage } of STAGES) expect(chooseStage(STAGES, stage).stage).toBe(stage);
  });

  it('are built one at a time, the first by default', () => {
    const stages = [{ stage: 'prod' }, { stage: 'staging', region: 'eu-west-1' }];
    expect(chooseStage(stages).stage).toBe('prod');
    expect(chooseStage(stages, 'staging').stage).toBe('staging');
    expect(() => chooseStage(stages, 'dev')).toThrow('has no stage "dev"; it has prod, staging');
  });

  it('must not meet in one account and region, because metrics carry no stage', () => {
    expect(() => chooseStage([{ stage: 'prod' }, { stage: 'staging' }])).toThrow('different accounts or regions');
  });
});
