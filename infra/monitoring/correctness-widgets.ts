import { Duration } from 'aws-cdk-lib';
import { type IWidget, SingleValueWidget, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { StageConfig } from '../stage-config.ts';
import { graph } from './graph.ts';
import { type DimensionedMetric, overall, perDimension } from './metrics.ts';

/** What each article of the runbook is about, and what makes it grave: the sum over the time that is shown. */
const FINDINGS: readonly (readonly [title: string, name: DimensionedMetric])[] = [
  ['Audits ended', 'AuditsEnded'],
  ['Records found to differ', 'DriftFound'],
  ['Differences repaired', 'DriftRepaired'],
  ['Plans held for a person', 'PlansHeld'],
  ['Losses in the cache', 'CacheLost'],
  ['Runs stopped', 'RunsStopped'],
];

export function correctnessTitle({ runbookUrl }: Pick<StageConfig, 'runbookUrl'>): IWidget {
  return new TextWidget({
    width: 24,
    height: 1,
    markdown: `**Correctness**, over the time shown: all but the audits should be zero. [What to do](${runbookUrl}#drift-found)`,
  });
}

/** Audits are a day apart: a graph of five minutes each would hide them. */
export function findings(): IWidget[] {
  return FINDINGS.map(
    ([title, name]) =>
      new SingleValueWidget({
        title,
        width: 4,
        height: 3,
        metrics: [overall(name, 'SUM', Duration.hours(1))],
        setPeriodToTimeRange: true,
      }),
  );
}

export function correctness(): IWidget[] {
  return [
    graph(
      'Drift found and repaired',
      [perDimension('DriftFound', 'SUM', 'found '), perDimension('DriftRepaired', 'SUM', 'repaired ')],
      { width: 6 },
    ),
    graph(
      'Plans held, deletions they hold',
      [perDimension('PlansHeld', 'SUM', 'plans '), perDimension('DeletionsHeld', 'SUM', 'deletions ')],
      { width: 6 },
    ),
    graph(
      'Records quarantined, losses in the cache',
      [perDimension('RecordsQuarantined', 'SUM', 'quarantined '), perDimension('CacheLost', 'SUM', 'lost ')],
      { width: 6 },
    ),
    graph('Source not asked: breaker open', [perDimension('BreakerOpen', 'MAX')], { width: 6 }),
  ];
}
