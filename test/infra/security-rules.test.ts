import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { addStage, type StageStacks } from '../../infra/stacks/stage.ts';
import { resolveStage } from '../../infra/stage-config.ts';
import type { StageOptions } from '../../infra/stage-options.ts';
import { TEST_STAGE, unbundledApp } from './support/synthesized.ts';

const finding = z.object({ ruleName: z.string(), reason: z.optional(z.string()) });
const reportSchema = z.object({
  pluginReports: z.array(
    z.object({
      pluginName: z.string(),
      violations: z.array(finding),
      suppressedViolations: z._default(z.array(finding), []),
    }),
  ),
});

/** Synthesizes as `infra/app.ts` does, after something was planted. */
function check(plant: (stacks: StageStacks) => void = () => undefined, options: Partial<StageOptions> = {}) {
  const app: App = unbundledApp();
  plant(addStage(app, resolveStage({ ...TEST_STAGE, ...options })));
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  let refusal: unknown;
  try {
    app.synth();
  } catch (error) {
    refusal = error;
  }
  const text = readFileSync(join(app.outdir, 'validation-report.json'), 'utf8');
  const { pluginReports } = reportSchema.parse(JSON.parse(text));
  return {
    passed: refusal === undefined && process.exitCode === undefined,
    violations: pluginReports.flatMap(({ violations }) => violations.map(({ ruleName }) => ruleName)),
    acknowledged: pluginReports.flatMap(({ suppressedViolations }) => suppressedViolations),
  };
}

// A failed check makes the process fail, which here is the test runner.
afterEach(() => {
  process.exitCode = undefined;
});

describe('the security rules', () => {
  it.each([
    ['any account', {}],
    ['a named account and region', { account: '123456789012', region: 'eu-central-1' }],
  ])('find nothing that is not acknowledged with a reason, in %s', (_, place) => {
    const { passed, violations, acknowledged } = check(undefined, place);
    expect(violations).toEqual([]);
    expect(passed).toBe(true);
    expect(acknowledged.map(({ ruleName }) => ruleName.replace(/\[.*$/, '')).toSorted()).toEqual([
      // Vendors have no token.
      'AwsSolutions-APIG4',
      // The connections, for six functions, and two folders of files, for two.
      ...Array.from({ length: 10 }, () => 'AwsSolutions-IAM5'),
      'AwsSolutions-S1',
      'AwsSolutions-SQS3',
    ]);
    for (const { reason = '' } of acknowledged) expect(reason.length).toBeGreaterThan(40);
  });

  it('refuse a planted right to everything', () => {
    const { passed, violations } = check(({ service }) => {
      const role = new Role(service, 'Planted', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
      role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: ['*'] }));
    });
    expect(violations).toEqual(['AwsSolutions-IAM5[Resource::*]']);
    expect(passed).toBe(false);
  });

  it('refuse a planted property that CloudFormation would refuse', () => {
    const { passed, violations } = check(({ state }) => {
      new CfnFunction(Stack.of(state), 'Planted', {
        role: 'arn:aws:iam::123456789012:role/planted',
        code: { zipFile: 'exports.handler = async () => {}' },
        runtime: 'nodejs24.x',
        handler: 'index.handler',
        memorySize: 1,
      });
    });
    expect(violations).not.toEqual([]);
    expect(passed).toBe(false);
  });
});
