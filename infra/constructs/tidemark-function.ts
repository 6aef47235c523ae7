import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type IGrantable, type IPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Function as LambdaFunction, type RecursiveLoop, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { EnvironmentVariable } from '../../lib/config/environment.ts';
import type { AlarmChannel } from '../monitoring/alarm-channel.ts';
import { RunbookAlarm } from '../monitoring/runbook-alarm.ts';
import { functionCode } from './function-code.ts';

const PERIOD = Duration.minutes(5);

export interface TidemarkFunctionProps {
  /** What it is called in names and logs. */
  readonly name: string;
  /** Its folder below functions/. @default - its name */
  readonly code?: string;
  readonly channel: AlarmChannel;
  readonly environment: Readonly<Record<EnvironmentVariable, string>>;
  readonly logLevel: string;
  readonly logRetention: RetentionDays;
  readonly timeout: Duration;
  /** In megabytes; the share of a processor grows with it. @default 512 */
  readonly memorySize?: number;
  /** Whether Lambda may stop a chain of invocations that feed each other. @default TERMINATE */
  readonly recursiveLoop?: RecursiveLoop;
}

/**
 * One function, with a role that may write its own log and nothing else until it is granted more. No tracing: it would
 * need rights on every resource and adds to each cold start. No reserved concurrency: new accounts have ten executions
 * in all and refuse to reserve any, and what limits the work is the source's budget, not Lambda.
 */
export class TidemarkFunction extends Construct implements IGrantable {
  readonly function: LambdaFunction;
  readonly logGroup: LogGroup;
  readonly grantPrincipal: IPrincipal;

  constructor(scope: Construct, id: string, props: TidemarkFunctionProps) {
    super(scope, id);
    const { name, code = name, channel } = props;
    this.logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/tidemark/${channel.stage}/${name}`,
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.logGroup.grantWrite(role);
    this.grantPrincipal = role;
    this.function = new LambdaFunction(this, 'Function', {
      functionName: `tidemark-${channel.stage}-${name}`,
      code: functionCode(code),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memorySize ?? 512,
      timeout: props.timeout,
      role,
      logGroup: this.logGroup,
      environment: { ...props.environment, POWERTOOLS_LOG_LEVEL: props.logLevel },
      ...(props.recursiveLoop !== undefined && { recursiveLoop: props.recursiveLoop }),
    });
    this.#addAlarms(channel, name);
  }

  #addAlarms(channel: AlarmChannel, name: string): void {
    // A single failure is repeated by itself; two periods of three mean that it does not pass.
    const sustained = { channel, subject: name, threshold: 1, evaluationPeriods: 3, datapointsToAlarm: 2 } as const;
    new RunbookAlarm(this, 'Errors', {
      ...sustained,
      article: 'function-errors',
      summary: `The ${name} function keeps failing: it crashes, runs out of time or cannot start.`,
      metric: this.function.metricErrors({ period: PERIOD }),
    });
    new RunbookAlarm(this, 'Throttled', {
      ...sustained,
      article: 'function-throttled',
      summary: `Lambda refuses to run the ${name} function: the account's concurrency is spent.`,
      metric: this.function.metricThrottles({ period: PERIOD }),
    });
  }
}
