import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { EnvironmentVariable } from '../../lib/config/environment.ts';
import { HttpEndpoint } from '../constructs/http-endpoint.ts';
import { ImportFiles } from '../constructs/import-files.ts';
import { PlannerSchedules } from '../constructs/planner-schedules.ts';
import { StageParameters } from '../constructs/stage-parameters.ts';
import { TaskLanes } from '../constructs/task-lanes.ts';
import { TidemarkFunction } from '../constructs/tidemark-function.ts';
import { CorrectnessAlarms } from '../monitoring/correctness-alarms.ts';
import { Dashboard } from '../monitoring/dashboard.ts';
import { SyncAlarms } from '../monitoring/sync-alarms.ts';
import { parameterPrefix, type StageConfig } from '../stage-config.ts';
import type { StateStack } from './state-stack.ts';

/** Short, so that retries and continuations stay in minutes. */
const WORK_TIMEOUT = Duration.seconds(120);
/** Longer, since each slice of an import reads its file from the beginning. */
const IMPORT_TIMEOUT = Duration.seconds(300);
/** The longest that Lambda allows: an answer may take minutes. */
const SLOW_TIMEOUT = Duration.minutes(15);
/** An HTTP API gives up after 30 seconds: our own answer must come first. */
const API_TIMEOUT = Duration.seconds(29);
/** Vendors give up sooner than the gateway does. */
const WEBHOOK_TIMEOUT = Duration.seconds(10);
/** Likewise, after 10. */
const AUTHORIZER_TIMEOUT = Duration.seconds(9);

export interface ServiceStackProps extends StackProps {
  readonly config: StageConfig;
  readonly stateStack: StateStack;
}

/** Everything that can be replaced at any time: functions, queues, schedules, the API, the dashboard. */
export class ServiceStack extends Stack {
  readonly #config: StageConfig;
  readonly #stateStack: StateStack;
  readonly #parameters: StageParameters;
  readonly #lanes: TaskLanes;
  readonly #imports: ImportFiles;

  constructor(scope: Construct, id: string, { config, stateStack, ...props }: ServiceStackProps) {
    super(scope, id, props);
    this.#config = config;
    this.#stateStack = stateStack;
    const { channel, state } = stateStack;
    this.#parameters = new StageParameters(this, 'Parameters', { prefix: parameterPrefix(config) });
    this.#lanes = new TaskLanes(this, 'Lanes', {
      channel,
      consumerTimeout: WORK_TIMEOUT,
      importTimeout: IMPORT_TIMEOUT,
      slowTimeout: SLOW_TIMEOUT,
      behindAfter: Duration.minutes(config.policy.staleAfterMinutes),
    });
    this.#imports = new ImportFiles(this, 'Imports');
    const planner = this.#worker('Planner', 'planner', { timeout: WORK_TIMEOUT });
    const sync = this.#worker('Sync', 'sync', {
      timeout: WORK_TIMEOUT,
      memorySize: 1_024,
      // A long read continues by sending itself messages, hundreds of times; Lambda would stop that after sixteen.
      recursiveLoop: RecursiveLoop.ALLOW,
    });
    this.#lanes.feed(sync, config.policy.batchSize, config.laneConcurrency);
    // The same code in a function of its own: it waits most of the time, so it has the least memory that is fast enough.
    const slow = this.#worker('Slow', 'slow', {
      code: 'sync',
      timeout: SLOW_TIMEOUT,
      recursiveLoop: RecursiveLoop.ALLOW,
    });
    this.#lanes.feedSlow(slow, config.laneConcurrency.slow);
    const importer = this.#worker('Importer', 'importer', {
      timeout: IMPORT_TIMEOUT,
      memorySize: 1_024,
      recursiveLoop: RecursiveLoop.ALLOW,
    });
    this.#lanes.feedImports(importer);
    this.#lanes.grantSend(importer, ['imports']);
    this.#imports.grantImport(importer);
    const api = this.#worker('Api', 'api', { timeout: API_TIMEOUT });
    this.#lanes.grantSend(api, ['imports']);
    this.#imports.grantLinks(api);
    this.#lanes.grantRedrive(api);
    const authorizer = this.#function('Authorizer', 'authorizer', { timeout: AUTHORIZER_TIMEOUT });
    this.#parameters.grantApiTokens(authorizer);
    const webhook = this.#function('Webhook', 'webhook', { timeout: WEBHOOK_TIMEOUT });
    state.grantMarks(webhook);
    this.#parameters.grantConnections(webhook);
    this.#lanes.grantSend(webhook, ['priority']);

    const { apiThrottle: throttle, webhookThrottle, logRetentionDays: logRetention } = config;
    const schedules = new PlannerSchedules(this, 'Schedules', { channel, planner, schedules: config.schedules });
    const handlers = { api, authorizer, webhook };
    const endpoint = new HttpEndpoint(this, 'Http', { channel, ...handlers, throttle, webhookThrottle, logRetention });
    new SyncAlarms(this, 'SyncAlarms', { channel, config });
    new CorrectnessAlarms(this, 'CorrectnessAlarms', { channel, config });
    const functions = { planner, sync, slow, importer, api, authorizer, webhook };
    new Dashboard(this, 'Dashboard', {
      config,
      machinery: { state, lanes: this.#lanes, schedules, functions, endpoint },
    });
    new CfnOutput(this, 'ApiUrl', { value: endpoint.url });
  }

  /** A function that reads sources, writes state and cache, and sends tasks. */
  #worker(id: string, name: string, limits: FunctionLimits): TidemarkFunction {
    const worker = this.#function(id, name, limits);
    this.#stateStack.state.grantItems(worker);
    this.#parameters.grantConnections(worker);
    this.#parameters.grantRedis(worker);
    this.#lanes.grantSend(worker);
    return worker;
  }

  #function(id: string, name: string, limits: FunctionLimits): TidemarkFunction {
    const { logLevel, logRetentionDays: logRetention } = this.#config;
    const { channel } = this.#stateStack;
    return new TidemarkFunction(this, id, {
      name,
      channel,
      environment: this.#environment(),
      logLevel,
      logRetention,
      ...limits,
    });
  }

  #environment(): Readonly<Record<EnvironmentVariable, string>> {
    return {
      STAGE: this.#config.stage,
      TABLE_NAME: this.#stateStack.state.table.tableName,
      PRIORITY_QUEUE_URL: this.#lanes.queues.priority.queueUrl,
      SCHEDULED_QUEUE_URL: this.#lanes.queues.scheduled.queueUrl,
      IMPORTS_QUEUE_URL: this.#lanes.queues.imports.queueUrl,
      SLOW_QUEUE_URL: this.#lanes.queues.slow.queueUrl,
      DEAD_LETTER_QUEUE_URL: this.#lanes.deadLetters.queueUrl,
      IMPORTS_BUCKET: this.#imports.bucket.bucketName,
      PARAMETER_PREFIX: this.#parameters.prefix,
      POLICY: JSON.stringify(this.#config.policy),
    };
  }
}

interface FunctionLimits {
  readonly code?: string;
  readonly timeout: Duration;
  readonly memorySize?: number;
  readonly recursiveLoop?: RecursiveLoop;
}
