import { Duration } from 'aws-cdk-lib';
import { GraphWidget, type IMetric, type IWidget } from 'aws-cdk-lib/aws-cloudwatch';

export const PERIOD = Duration.minutes(5);

export interface GraphOptions {
  /** Of 24. @default 12 */
  readonly width?: number;
  readonly annotations?: readonly { readonly value: number; readonly label: string; readonly color: string }[];
}

/** One graph of the dashboard: same height, same grain, from zero. */
export function graph(title: string, left: IMetric[], { width = 12, annotations = [] }: GraphOptions = {}): IWidget {
  return new GraphWidget({
    title,
    left,
    width,
    height: 6,
    period: PERIOD,
    leftYAxis: { min: 0, showUnits: false },
    leftAnnotations: [...annotations],
  });
}
