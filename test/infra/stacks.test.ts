import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  ENVIRONMENT_VARIABLES,
  TABLE_KEYS,
  UNFINISHED_COPIES,
  UNFINISHED_INDEX,
} from '../../lib/config/environment.ts';
import { readEnvironment } from '../../lib/config/read-environment.ts';
import { LANES } from '../../lib/domain/task.ts';
import { resources, synthesize } from './support/synthesized.ts';

const { state, service } = synthesize();

const functions = resources(
  service,
  'AWS::Lambda::Function',
  z.object({
    FunctionName: z.string(),
    Timeout: z.number(),
    Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }),
    Role: z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) }),
    LoggingConfig: z.object({ LogGroup: z.object({ Ref: z.string() }) }),
    ReservedConcurrentExecutions: z.optional(z.never()),
    TracingConfig: z.optional(z.never()),
  }),
);
const queues = resources(
  service,
  'AWS::SQS::Queue',
  z.object({
    QueueName: z.string(),
    VisibilityTimeout: z.optional(z.number()),
    MessageRetentionPeriod: z.number(),
    SqsManagedSseEnabled: z.literal(true),
    RedrivePolicy: z.optional(z.object({ maxReceiveCount: z.number() })),
  }),
);

describe('the state stack', () => {
  it('has a table that is billed by use, can be restored, expires items and is hard to lose', () => {
    expect(() =>
      state.hasResource('AWS::DynamoDB::GlobalTable', {
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
        Properties: {
          BillingMode: 'PAY_PER_REQUEST',
          TimeToLiveSpecification: { AttributeName: TABLE_KEYS.ttl, Enabled: true },
          Replicas: [
            Match.objectLike({
              DeletionProtectionEnabled: true,
              PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
            }),
          ],
        },
      }),
    ).not.toThrow();
  });

  it('has one index, of what planning needs, ordered by time', () => {
    expect(() =>
      state.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
        AttributeDefinitions: Match.arrayWith([
          { AttributeName: TABLE_KEYS.indexPartitionKey, AttributeType: 'S' },
          { AttributeName: TABLE_KEYS.indexSortKey, AttributeType: 'N' },
        ]),
        GlobalSecondaryIndexes: [
          {
            IndexName: UNFINISHED_INDEX,
            KeySchema: [
              { AttributeName: TABLE_KEYS.indexPartitionKey, KeyType: 'HASH' },
              { AttributeName: TABLE_KEYS.indexSortKey, KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: [...UNFINISHED_COPIES] },
          },
        ],
      }),
    ).not.toThrow();
  });

  // A new logical id would replace the resource: the table's items, or everybody's subscriptions, would be gone.
  it('keeps the logical ids of what must not be replaced', () => {
    expect(Object.keys(state.findResources('AWS::DynamoDB::GlobalTable'))).toEqual(['StateTable962DE04C']);
    expect(Object.keys(state.findResources('AWS::SNS::Topic'))).toEqual(['AlarmsTopic3A2DFEBA']);
    expect(Object.keys(state.findResources('AWS::KMS::Key'))).toEqual(['AlarmsKey3C2381B3']);
  });

  it('lets alarms publish to the encrypted topic', () => {
    const fromAlarms = (actions: unknown) =>
      Match.objectLike({
        Effect: 'Allow',
        Action: actions,
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      });
    expect(() =>
      state.hasResourceProperties('AWS::SNS::TopicPolicy', {
        PolicyDocument: Match.objectLike({ Statement: Match.arrayWith([fromAlarms('sns:Publish')]) }),
      }),
    ).not.toThrow();
    expect(() =>
      state.hasResourceProperties('AWS::KMS::Key', {
        KeyPolicy: Match.objectLike({
          Statement: Match.arrayWith([fromAlarms(['kms:Decrypt', 'kms:GenerateDataKey*'])]),
        }),
      }),
    ).not.toThrow();
  });

  it('subscribes the address that is configured', () => {
    expect(() => state.resourceCountIs('AWS::SNS::Subscription', 0)).not.toThrow();
    expect(() =>
      synthesize({ alarmEmail: 'ops@example.com' }).state.hasResourceProperties('AWS::SNS::Subscription', {
        Protocol: 'email',
        Endpoint: 'ops@example.com',
      }),
    ).not.toThrow();
  });
});

describe('the lanes', () => {
  const sync = [...functions.values()].find(({ FunctionName }) => FunctionName === 'tidemark-test-sync');
  const importer = [...functions.values()].find(({ FunctionName }) => FunctionName === 'tidemark-test-importer');
  const slow = [...functions.values()].find(({ FunctionName }) => FunctionName === 'tidemark-test-slow');
  const lanes = [...queues.values()].filter(({ RedrivePolicy }) => RedrivePolicy !== undefined);

  // The logical id of a queue with a fixed name cannot change without its deletion, messages included.
  it('keep their logical ids', () => {
    expect([...queues.keys()].toSorted()).toEqual([
      'LanesDeadLetters0041E4CC',
      'LanesImportsC96C8D86',
      'LanesPriority5DF0F3C0',
      'LanesScheduled544DA9D4',
      'LanesSlowCA9B2A2B',
      'SchedulesMissedTicks296FA8C7',
    ]);
  });

  it('hide a message for six times as long as the function may run that reads them', () => {
    expect(lanes).toHaveLength(4);
    for (const { QueueName, VisibilityTimeout = 0 } of lanes) {
      const own = { imports: importer, slow }[QueueName.split('-').at(-1) ?? ''];
      const reader = own ?? sync;
      expect(VisibilityTimeout).toBeGreaterThanOrEqual(6 * (reader?.Timeout ?? Number.POSITIVE_INFINITY));
    }
    expect([sync?.Timeout, importer?.Timeout, slow?.Timeout]).toEqual([120, 300, 900]);
  });

  it('set a task aside after five attempts, and keep it for 14 days', () => {
    expect(lanes.map(({ RedrivePolicy }) => RedrivePolicy?.maxReceiveCount)).toEqual([5, 5, 5, 5]);
    const aside = [...queues.values()].find(({ QueueName }) => QueueName === 'tidemark-test-dead-letters');
    expect(aside?.MessageRetentionPeriod).toBe(14 * 86_400);
  });

  it('can be told apart by their names, as the sync function does', () => {
    const named = lanes.map(({ QueueName }) => QueueName.split('-').at(-1) ?? '');
    expect(named.toSorted()).toEqual([...LANES].toSorted());
  });

  it('feed the sync function, each with its own share of executions, and failures return alone', () => {
    const tuned = synthesize({ policy: { batchSize: 7 }, laneConcurrency: { priority: 3, scheduled: 4 } }).service;
    const mappings = resources(tuned, 'AWS::Lambda::EventSourceMapping', z.object({}).loose());
    const fed = ([name, BatchSize, MaximumConcurrency]: readonly [string, number, number]) =>
      expect.objectContaining({
        FunctionName: { Ref: name },
        BatchSize,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency },
      });
    expect([...mappings.values()]).toEqual([
      fed(['SyncFunction878007FF', 7, 3]),
      fed(['SyncFunction878007FF', 7, 4]),
      // What takes minutes one at a time too, in a function that runs the same code for longer.
      fed(['SlowFunction5A3B6B92', 1, 4]),
      // Imports one at a time, whatever is configured for the others.
      fed(['ImporterFunction1808D876', 1, 2]),
    ]);
  });

  it('let the sync function continue its own work without end', () => {
    expect(() =>
      service.hasResourceProperties('AWS::Lambda::Function', {
        FunctionName: 'tidemark-test-sync',
        RecursiveLoop: 'Allow',
      }),
    ).not.toThrow();
  });

  it('refuse what is not encrypted on its way, as every queue does', () => {
    expect(() => service.resourceCountIs('AWS::SQS::QueuePolicy', queues.size)).not.toThrow();
  });
});

describe('the files of imports', () => {
  it('are private, encrypted, and gone after a week', () => {
    expect(() =>
      service.hasResourceProperties('AWS::S3::Bucket', {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
        LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: 7, Status: 'Enabled' })] },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      }),
    ).not.toThrow();
  });

  it('are refused to whoever asks without encryption on the way', () => {
    const denied = (Condition: object) => Match.objectLike({ Effect: 'Deny', Action: 's3:*', Condition });
    expect(() =>
      service.hasResourceProperties('AWS::S3::BucketPolicy', {
        PolicyDocument: Match.objectLike({
          Statement: Match.arrayWith([denied({ Bool: { 'aws:SecureTransport': 'false' } })]),
        }),
      }),
    ).not.toThrow();
  });
});

describe('every function', () => {
  it('runs on the project’s Node, on arm64, with a role and a log of its own', () => {
    expect(() =>
      service.allResourcesProperties('AWS::Lambda::Function', { Runtime: 'nodejs24.x', Architectures: ['arm64'] }),
    ).not.toThrow();
    expect(new Set([...functions.values()].map(({ Role }) => Role['Fn::GetAtt'][0])).size).toBe(functions.size);
    expect(new Set([...functions.values()].map(({ LoggingConfig }) => LoggingConfig.LogGroup.Ref)).size).toBe(
      functions.size,
    );
    expect(() => service.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 })).not.toThrow();
  });

  it('gets every variable of the contract, and none that opens loopback', () => {
    for (const { Environment } of functions.values()) {
      expect(Object.keys(Environment.Variables).toSorted()).toEqual(
        [...ENVIRONMENT_VARIABLES, 'POWERTOOLS_LOG_LEVEL'].toSorted(),
      );
      const texts = Object.entries(Environment.Variables).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : '-',
      ]);
      expect(readEnvironment(Object.fromEntries(texts))).toMatchObject({
        stage: 'test',
        parameterPrefix: '/tidemark/test',
        allowLoopback: false,
      });
    }
  });

  it('answers before the gateway gives up', () => {
    const timeout = (name: string) =>
      [...functions.values()].find(({ FunctionName }) => FunctionName === name)?.Timeout;
    expect(timeout('tidemark-test-api')).toBeLessThan(30);
    expect(timeout('tidemark-test-authorizer')).toBeLessThan(10);
    expect(timeout('tidemark-test-webhook')).toBeLessThan(30);
  });
});

describe('the schedules', () => {
  const schedules = (options = {}) =>
    [
      ...resources(
        synthesize(options).service,
        'AWS::Scheduler::Schedule',
        z.object({
          Name: z.string(),
          State: z.string(),
          ScheduleExpression: z.string(),
          ScheduleExpressionTimezone: z.string(),
          FlexibleTimeWindow: z.object({ Mode: z.literal('OFF') }),
          Target: z.object({
            Input: z.string(),
            RetryPolicy: z.object({ MaximumRetryAttempts: z.literal(2), MaximumEventAgeInSeconds: z.literal(300) }),
            DeadLetterConfig: z.object({ Arn: z.unknown() }),
          }),
        }),
      ).values(),
    ].map(({ Name, State, ScheduleExpression, ScheduleExpressionTimezone, Target }) => [
      Name,
      State,
      `${ScheduleExpression} ${ScheduleExpressionTimezone}`,
      JSON.parse(Target.Input),
    ]);
  const input = (job: string) => ({ job, scheduledAt: '<aws.scheduler.scheduled-time>' });

  it('plan every five minutes, discover every hour, audit every night, and read everything only when asked for', () => {
    expect(schedules()).toEqual([
      ['tidemark-test-plan', 'ENABLED', 'cron(0/5 * * * ? *) Etc/UTC', input('plan')],
      ['tidemark-test-discover', 'ENABLED', 'cron(7 * * * ? *) Etc/UTC', input('discover')],
      ['tidemark-test-full', 'DISABLED', 'cron(0 2 * * ? *) Etc/UTC', input('full')],
      ['tidemark-test-audit', 'ENABLED', 'cron(30 3 * * ? *) Etc/UTC', input('audit')],
    ]);
  });

  it('follow the configuration, time zone included', () => {
    const full = { cron: '0 2 ? * MON-FRI *', timeZone: 'Australia/Sydney', enabled: true };
    expect(schedules({ schedules: { full } })).toContainEqual([
      'tidemark-test-full',
      'ENABLED',
      'cron(0 2 ? * MON-FRI *) Australia/Sydney',
      input('full'),
    ]);
  });

  it('replay no old ticks after an outage, and keep those given up', () => {
    expect(() =>
      service.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
        FunctionName: { Ref: 'PlannerFunctionAFCCE450' },
        MaximumRetryAttempts: 2,
        MaximumEventAgeInSeconds: 300,
        DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['SchedulesMissedTicks296FA8C7', 'Arn'] } } },
      }),
    ).not.toThrow();
  });
});

describe('the HTTP API', () => {
  const routes = resources(
    service,
    'AWS::ApiGatewayV2::Route',
    z.object({ RouteKey: z.string(), AuthorizationType: z.string() }),
  );

  it('sends every path and method to one function, past the authorizer', () => {
    const guarded = [...routes.values()].filter(({ AuthorizationType }) => AuthorizationType === 'CUSTOM');
    expect(guarded.map(({ RouteKey }) => RouteKey)).toEqual(['ANY /', 'ANY /{proxy+}']);
  });

  it('sends webhooks alone to a function of their own, which needs no token, under a limit of their own', () => {
    const open = [...routes.values()].filter(({ AuthorizationType }) => AuthorizationType !== 'CUSTOM');
    expect(open.map(({ RouteKey, AuthorizationType }) => [RouteKey, AuthorizationType])).toEqual([
      ['POST /v1/webhooks/{connection}', 'NONE'],
    ]);
    const tuned = synthesize({ webhookThrottle: { requestsPerSecond: 3, burst: 4 } }).service;
    expect(() =>
      tuned.hasResource('AWS::ApiGatewayV2::Stage', {
        Properties: {
          RouteSettings: {
            'POST /v1/webhooks/{connection}': { ThrottlingRateLimit: 3, ThrottlingBurstLimit: 4 },
          },
        },
        // A limit can only be set on a route that is there.
        DependsOn: Match.arrayWith([Match.stringLikeRegexp('webhooksconnection')]),
      }),
    ).not.toThrow();
  });

  it('asks the authorizer for every request, also one without a token, and keeps no answer', () => {
    expect(() =>
      service.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
        AuthorizerType: 'REQUEST',
        AuthorizerPayloadFormatVersion: '2.0',
        EnableSimpleResponses: true,
        IdentitySource: [],
        AuthorizerResultTtlInSeconds: 0,
      }),
    ).not.toThrow();
  });

  it('is throttled, answers no other origin, and logs neither query nor token', () => {
    expect(() =>
      service.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
        StageName: '$default',
        DefaultRouteSettings: { ThrottlingRateLimit: 10, ThrottlingBurstLimit: 20 },
      }),
    ).not.toThrow();
    expect(() =>
      service.hasResourceProperties('AWS::ApiGatewayV2::Api', { CorsConfiguration: Match.absent() }),
    ).not.toThrow();
    const [stage] = resources(
      service,
      'AWS::ApiGatewayV2::Stage',
      z.object({ AccessLogSettings: z.object({ Format: z.string() }) }),
    ).values();
    const logged = z.record(z.string(), z.string()).parse(JSON.parse(stage?.AccessLogSettings.Format ?? ''));
    expect(Object.values(logged).join(' ')).not.toMatch(/query|authorization|header|body|apiKey/i);
    expect(logged).toMatchObject({ requestId: '$context.requestId', status: '$context.status' });
  });
});
