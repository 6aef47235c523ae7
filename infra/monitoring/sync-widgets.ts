import { Duration } from 'aws-cdk-lib';
import { type IMetric, type IWidget, SingleValueWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { graph } from './graph.ts';
import { metric, overall, perDimension } from './metrics.ts';

/** These figures are reported when a stream is asked, which is not in every five minutes. */
const QUARTER = Duration.minutes(15);
const RED = '#d13212';

export function now(): IWidget[] {
  const value = (title: string, ...metrics: IMetric[]): IWidget =>
    new SingleValueWidget({ title, width: 6, height: 3, metrics });
  return [
    value('Stalest stream, seconds', overall('FreshnessSeconds', 'MAX', QUARTER)),
    value('Partitions behind, worst stream', overall('PartitionsBehind', 'MAX', QUARTER)),
    value('Day budget used at most, percent', overall('BudgetUsed', 'MAX', QUARTER)),
    value('Broken connections', metric('ConnectionsBroken', 'MAX', QUARTER)),
  ];
}

export function freshness(staleAfterMinutes: number): IWidget[] {
  const threshold = {
    value: staleAfterMinutes * 60,
    label: 'stale',
    color: RED,
  };
  return [
    graph('Freshness: seconds behind the source', [perDimension('FreshnessSeconds', 'MAX')], {
      annotations: [threshold],
    }),
    graph('Partitions with changes not yet in the cache', [perDimension('PartitionsBehind', 'MAX')]),
  ];
}

export function records(): IWidget[] {
  return [
    graph('Records added', [perDimension('RecordsAdded', 'SUM')], { width: 8 }),
    graph('Records updated', [perDimension('RecordsUpdated', 'SUM')], { width: 8 }),
    graph('Records removed', [perDimension('RecordsRemoved', 'SUM')], { width: 8 }),
  ];
}

export function runs(): IWidget[] {
  return [
    graph('Runs succeeded', [perDimension('RunsSucceeded', 'SUM')], { width: 8 }),
    graph('Runs failed', [perDimension('RunsFailed', 'SUM')], { width: 8 }),
    graph('Longest run, milliseconds', [perDimension('RunDuration', 'MAX')], { width: 8 }),
  ];
}

export function sources(): IWidget[] {
  return [
    graph('Source calls', [perDimension('SourceCalls', 'SUM')], { width: 6 }),
    graph('Day budget used, percent', [perDimension('BudgetUsed', 'MAX')], {
      width: 6,
      annotations: [{ value: 80, label: 'low', color: RED }],
    }),
    graph('Calls refused by the source', [perDimension('SourceThrottles', 'SUM')], { width: 6 }),
    graph('Redis commands', [perDimension('CacheCommands', 'SUM')], { width: 6 }),
  ];
}

export function webhooks(): IWidget[] {
  return [
    graph('Webhooks taken', [perDimension('WebhooksAccepted', 'SUM')], { width: 8 }),
    graph('Webhooks refused', [metric('WebhooksRefused', 'SUM', Duration.minutes(5))], { width: 8 }),
    graph('Records of webhooks left to the next delta', [perDimension('HintsDropped', 'SUM')], { width: 8 }),
  ];
}
