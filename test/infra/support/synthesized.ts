import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod';
import { addStage } from '../../../infra/stacks/stage.ts';
import { resolveStage } from '../../../infra/stage-config.ts';
import type { StageOptions } from '../../../infra/stage-options.ts';
import { ROOT } from './root.ts';

const cdkJson = z.object({ context: z.record(z.string(), z.unknown()) });
const { context } = cdkJson.parse(JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')));

export const TEST_STAGE: StageOptions = {
  stage: 'test',
  watchedConnections: [{ id: 'main', streams: ['registrations'] }],
};

/** An app with the flags of `cdk.json` that bundles nothing: what is in a function is tested elsewhere. */
export function unbundledApp(): App {
  return new App({ context: { ...context, 'aws:cdk:bundling-stacks': [] } });
}

/** Both templates of a stage. */
export function synthesize(options: Partial<StageOptions> = {}): {
  readonly state: Template;
  readonly service: Template;
} {
  const { state, service } = addStage(unbundledApp(), resolveStage({ ...TEST_STAGE, ...options }));
  return { state: Template.fromStack(state), service: Template.fromStack(service) };
}

/** Properties of all resources of a type, by logical id, in the shape that the test needs. */
export function resources<Schema extends z.ZodType>(
  template: Template,
  type: string,
  schema: Schema,
): ReadonlyMap<string, z.infer<Schema>> {
  const found = Object.entries(template.findResources(type));
  return new Map(found.map(([id, { Properties }]) => [id, schema.parse(Properties)]));
}
