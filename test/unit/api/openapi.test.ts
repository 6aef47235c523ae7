import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { PROBLEMS } from '../../../functions/api/problem.ts';
import { routeTable } from '../../../functions/api/routes/table.ts';
import { problem } from '../../../functions/api/schemas/common.ts';
import { deadLetters, redriveAnswer } from '../../../functions/api/schemas/dead-letters.ts';
import { auditAnswer, driftAnswer, driftReport } from '../../../functions/api/schemas/drift.ts';
import { importAnswer, importBody, uploadAnswer, uploadBody } from '../../../functions/api/schemas/imports.ts';
import { plan, planDecided, planList } from '../../../functions/api/schemas/plan.ts';
import { quarantine, retryAnswer } from '../../../functions/api/schemas/quarantine.ts';
import { explanation, forgetAnswer } from '../../../functions/api/schemas/record.ts';
import { auditBody, redriveBody, syncBody } from '../../../functions/api/schemas/requests.ts';
import { cancelAnswer, run, runList } from '../../../functions/api/schemas/run.ts';
import { connection, partition, stream } from '../../../functions/api/schemas/status.ts';
import { checkAnswer, pauseAnswer, syncAnswer } from '../../../functions/api/schemas/work.ts';
import { ApiWorld } from './api-world.ts';

const operation = z.looseObject({
  operationId: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z.optional(z.array(z.looseObject({ name: z.string(), in: z.enum(['path', 'query']) }))),
  requestBody: z.optional(z.unknown()),
  responses: z.record(z.string(), z.looseObject({ description: z.string() })),
});
const openApi = z.looseObject({
  openapi: z.literal('3.1.1'),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.looseObject({
    schemas: z.record(z.string(), z.looseObject({ examples: z.optional(z.array(z.unknown())) })),
  }),
});

let text: string;
let document: z.infer<typeof openApi>;

beforeAll(async () => {
  const answer = await new ApiWorld().get('/openapi.json', '');
  text = answer.text;
  document = openApi.parse(answer.body);
});

describe('the OpenAPI document', () => {
  const routes = routeTable(new ApiWorld().dependencies);

  it('has every route of the router, that of webhooks, and no other', () => {
    const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => `${method.toUpperCase()} ${path} ${operationId}`),
    );
    expect(documented.toSorted()).toEqual(
      [
        ...routes.map(({ method, path, name }) => `${method} ${path} ${name}`),
        'POST /v1/webhooks/{connection} takeWebhook',
      ].toSorted(),
    );
    expect(document.paths['/v1/webhooks/{connection}']?.post?.security).toEqual([]);
  });

  it.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))(
    'tells the scope and parameters of %s',
    (_, route) => {
      const described = document.paths[route.path]?.[route.method.toLowerCase()];
      expect(described?.security).toEqual(route.scope === 'none' ? [] : [{ token: [route.scope] }]);
      const inPath = described?.parameters
        ?.filter((parameter) => parameter.in === 'path')
        .map(({ name }) => `{${name}}`);
      expect(inPath ?? []).toEqual(route.path.match(/\{\w+\}/g) ?? []);
      const refusals = route.scope === 'none' ? [] : ['401', '403'];
      expect(Object.keys(described?.responses ?? {})).toEqual(expect.arrayContaining(refusals));
    },
  );

  it('refers only to components it has', () => {
    const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name = '']) => name);
    expect(references.length).toBeGreaterThan(20);
    expect(references.filter((name) => !(name in document.components.schemas))).toEqual([]);
    expect(text.match(/"\$ref":/g)).toHaveLength(references.length);
  });

  it('names every kind of refusal', () => {
    const unnamed = Object.keys(PROBLEMS).filter((code) => !text.includes(`(${code})`));
    expect(unnamed).toEqual(['unknown-route', 'wrong-method']);
  });

  const EXAMPLES = [
    ['Problem', problem],
    ['SyncBody', syncBody],
    ['ConnectionStatus', connection],
    ['StreamStatus', stream],
    ['PartitionStatus', partition],
    ['Run', run],
    ['RunList', runList],
    ['CancelAnswer', cancelAnswer],
    ['SyncAnswer', syncAnswer],
    ['PauseAnswer', pauseAnswer],
    ['CheckAnswer', checkAnswer],
    ['Plan', plan],
    ['PlanList', planList],
    ['PlanDecided', planDecided],
    ['Quarantine', quarantine],
    ['RetryAnswer', retryAnswer],
    ['Explanation', explanation],
    ['ForgetAnswer', forgetAnswer],
    ['DeadLetters', deadLetters],
    ['RedriveBody', redriveBody],
    ['RedriveAnswer', redriveAnswer],
    ['DriftReport', driftReport],
    ['Drift', driftAnswer],
    ['AuditBody', auditBody],
    ['AuditAnswer', auditAnswer],
    ['UploadBody', uploadBody],
    ['UploadAnswer', uploadAnswer],
    ['ImportBody', importBody],
    ['Import', importAnswer],
  ] as const;

  it.each(EXAMPLES)('has an example of %s that fits its schema exactly', (name, schema) => {
    const examples = document.components.schemas[name]?.examples ?? [];
    expect(examples).not.toEqual([]);
    for (const example of examples) expect(schema.parse(example)).toEqual(example);
  });

  it('has no example that is not checked', () => {
    const withExamples = Object.entries(document.components.schemas).filter(
      ([, schema]) => schema.examples !== undefined,
    );
    expect(withExamples.map(([name]) => name).toSorted()).toEqual(EXAMPLES.map(([name]) => name).toSorted());
  });
});
