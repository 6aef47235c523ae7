import { Duration } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { metric } from '../../infra/monitoring/metrics.ts';
import { RUNBOOK_ARTICLES } from '../../infra/monitoring/runbook.ts';
import { METRIC_NAMESPACE, METRICS } from '../../lib/ports/telemetry.ts';
import { alarmsOf } from './support/alarm-evaluator.ts';
import { articlesOf, readDocument } from './support/documents.ts';
import { textOf } from './support/statements.ts';
import { resources, synthesize } from './support/synthesized.ts';

const { state, service } = synthesize();
const alarms = [...alarmsOf(state).values(), ...alarmsOf(service).values()];
const articles = articlesOf(readDocument('docs/runbook.md'));

describe('every alarm', () => {
  it('has a name and says where its article is', () => {
    const named = alarms.map(({ AlarmName, AlarmDescription }) => {
      const article = /#([a-z-]+)$/.exec(AlarmDescription)?.[1] ?? '';
      expect(AlarmDescription).toContain(
        `https://github.com/tidemark-sync/tidemark/blob/main/docs/runbook.md#${article}`,
      );
      expect(AlarmName.startsWith(`tidemark-test-${article}`)).toBe(true);
      return article;
    });
    expect(new Set(named)).toEqual(new Set(RUNBOOK_ARTICLES));
  });

  it('tells when it begins and when it ends', () => {
    for (const { AlarmActions, OKActions } of alarms) expect(OKActions).toEqual(AlarmActions);
  });

  it('points to the adopter’s own runbook when there is one', () => {
    const { service: own } = synthesize({ runbookUrl: 'https://wiki.example.com/tidemark' });
    for (const { AlarmDescription } of alarmsOf(own).values()) {
      expect(AlarmDescription).toContain('https://wiki.example.com/tidemark#');
    }
  });
});

describe('the runbook', () => {
  it('has an article per alarm, and none besides', () => {
    expect([...articles.keys()]).toEqual([...RUNBOOK_ARTICLES]);
  });

  it.each([...RUNBOOK_ARTICLES])('says of %s what it means, who notices, how to look, mend and escalate', (article) => {
    const text = articles.get(article) ?? '';
    for (const part of ['**Means.**', '**Users notice', '**Look.**', '**Mend.**', '**Escalate**']) {
      expect(text).toContain(part);
    }
    expect(text).toContain('curl ');
  });
});

describe('a metric', () => {
  // Each further value of a dimension is a metric of its own, and costs as one.
  it('is told apart by connection and stream at most', () => {
    const dimensions = Object.values(METRICS).flatMap((one): readonly string[] => one.dimensions);
    expect(new Set(dimensions)).toEqual(new Set(['connection', 'stream']));
  });

  it('cannot be read with other dimensions than it is written with', () => {
    const period = Duration.minutes(5);
    expect(() => metric('PlannerCycles', 'SUM', period, { connection: 'main' })).toThrow('has the dimensions none');
    expect(() => metric('BudgetUsed', 'MAX', period)).toThrow('has the dimensions connection, not none');
  });
});

const widgetSchema = z.object({
  type: z.string(),
  properties: z.looseObject({
    markdown: z.optional(z.string()),
    alarms: z.optional(z.array(z.string())),
    metrics: z.optional(z.array(z.array(z.unknown()))),
  }),
});

describe('the dashboard', () => {
  const [body] = resources(service, 'AWS::CloudWatch::Dashboard', z.object({ DashboardBody: z.unknown() })).values();
  const { widgets } = z.object({ widgets: z.array(widgetSchema) }).parse(JSON.parse(textOf(body?.DashboardBody)));
  const expressions = widgets
    .flatMap(({ properties }) => properties.metrics ?? [])
    .flatMap((row) => z.array(z.object({ expression: z.string() })).safeParse(row).data ?? [])
    .map(({ expression }) => expression);

  it('begins with where to read on, and the state of every alarm', () => {
    expect(widgets[0]?.properties.markdown).toContain('docs/runbook.md');
    expect(widgets[1]?.properties.alarms).toHaveLength(alarms.length);
  });

  it('shows our metrics under the dimensions they are written with, so that no graph stays empty', () => {
    const ours = expressions.map((expression) => {
      const search = /^SEARCH\('\{(.+)\} MetricName="(\w+)"', '(?:Sum|Maximum)'\)$/.exec(expression);
      const query = /^SELECT (?:SUM|MAX)\((?<name>\w+)\) FROM SCHEMA\((?<schema>.+)\)$/.exec(expression)?.groups;
      const schema = search?.[1] ?? query?.schema?.replaceAll(/[" ]/g, '') ?? '';
      return `${search?.[2] ?? query?.name}: ${schema}`;
    });
    const declared = Object.entries(METRICS).map(
      ([name, { dimensions }]) => `${name}: ${[METRIC_NAMESPACE, ...dimensions].join(',')}`,
    );
    expect(ours.length).toBeGreaterThan(10);
    expect(declared).toEqual(expect.arrayContaining([...new Set(ours)]));
  });
});
