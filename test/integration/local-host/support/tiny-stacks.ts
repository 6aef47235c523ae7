import { functionResource, type TemplateText } from './written-assembly.ts';

/** Two stacks as the CDK splits them: what is kept, and what runs. Every kind of resource the host knows is in them. */
export const TINY_BUNDLES = {
  /** Fails the messages that say so, and tells of each message how often it was received. */
  worker: `
    import { appendFileSync } from 'node:fs';
    export const handler = async ({ Records }) => {
      const bodies = Records.map((record) => JSON.parse(record.body));
      for (const [index, { body, attributes, messageId, eventSourceARN }] of Records.entries()) {
        const { name } = bodies[index];
        console.log(JSON.stringify({ name, batch: Records.length, received: Number(attributes.ApproximateReceiveCount), eventSourceARN }));
      }
      if (bodies.some(({ how }) => how === 'throw')) throw new Error('the whole batch');
      if (bodies.some(({ how }, index) => how === 'hangFirst' && Records[index].attributes.ApproximateReceiveCount === '1')) await new Promise(() => {});
      if (bodies.some(({ how }) => how === 'lie')) return { batchItemFailures: [{ itemIdentifier: 'nobody' }] };
      const failed = Records.filter((_, index) => bodies[index].how === 'fail');
      return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
    };`,
  api: `
    const answers = {
      '/teapot': () => ({ statusCode: 418, headers: { 'X-Kind': 'tea' }, cookies: ['a=1', 'b=2'], body: 'short and stout' }),
      '/bytes': () => ({ statusCode: 200, body: 'AAEC', isBase64Encoded: true }),
      '/throw': () => { throw new Error('a secret of the inside'); },
      '/slow': () => new Promise((resolve) => setTimeout(resolve, 2000)),
      '/plain': () => ({ hello: 'world' }),
      '/bad': () => ({ statusCode: 'none' }),
    };
    export const handler = async (event) => answers[event.rawPath]?.() ?? { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(event) };`,
  authorizer: `
    let asked = 0;
    export const handler = async (event) => {
      asked += 1;
      const { authorization } = event.headers;
      if (authorization === 'Bearer broken') throw new Error('out of order');
      return { isAuthorized: authorization !== 'Bearer wrong', context: { asked, format: event.version + ' ' + event.type, source: event.identitySource[0] } };
    };`,
  planner: `
    export const handler = async (event) => {
      console.log(JSON.stringify(event));
      if (event.fail) throw new Error('planned to fail');
      return event;
    };`,
};

const STATE: TemplateText = {
  Resources: {
    DeadLetters: { Type: 'AWS::SQS::Queue', Properties: {} },
    Work: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        VisibilityTimeout: 60,
        RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] }, maxReceiveCount: 2 },
      },
    },
    Table: {
      Type: 'AWS::DynamoDB::GlobalTable',
      Properties: {
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'gk', AttributeType: 'S' },
        ],
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'sparse',
            KeySchema: [{ AttributeName: 'gk', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
        Replicas: [{ Region: 'eu-west-1' }],
        TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
      },
    },
  },
  Outputs: {
    WorkArn: { Value: { 'Fn::GetAtt': ['Work', 'Arn'] }, Export: { Name: 'State:WorkArn' } },
    WorkUrl: { Value: { Ref: 'Work' }, Export: { Name: 'State:WorkUrl' } },
    TableName: { Value: { Ref: 'Table' }, Export: { Name: 'State:TableName' } },
  },
};

function invocationUri(logicalId: string): object {
  const path = 'lambda:path/2015-03-31/functions/';
  const arn = { 'Fn::GetAtt': [logicalId, 'Arn'] };
  return { 'Fn::Join': ['', ['arn:aws:apigateway:', { Ref: 'AWS::Region' }, `:${path}`, arn, '/invocations']] };
}

function schedule(expression: string, input: object, more: object = {}): object {
  const Target = { Arn: { 'Fn::GetAtt': ['Planner', 'Arn'] }, Input: JSON.stringify(input), RoleArn: 'role' };
  return {
    Type: 'AWS::Scheduler::Schedule',
    Properties: { ScheduleExpression: expression, FlexibleTimeWindow: { Mode: 'OFF' }, Target, ...more },
  };
}

function route(routeKey: string, more: object = {}): object {
  const Target = { 'Fn::Join': ['', ['integrations/', { Ref: 'Integration' }]] };
  return {
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: { ApiId: { Ref: 'Api' }, RouteKey: routeKey, Target, ...more },
  };
}

const GUARDED = { AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: 'Guard' } };

const SERVICE: TemplateText = {
  Resources: {
    Worker: functionResource('worker'),
    ApiFunction: functionResource('api'),
    Authorizer: functionResource('authorizer'),
    Planner: functionResource('planner', {
      Environment: {
        Variables: {
          TABLE_NAME: { 'Fn::ImportValue': 'State:TableName' },
          QUEUE_URL: { 'Fn::ImportValue': 'State:WorkUrl' },
          PARAMETER_PREFIX: '/tiny/dev',
          POLICY: JSON.stringify({ intervalMinutes: 5, staleAfterMinutes: 15, retrySeconds: 30 }),
        },
      },
    }),
    Source: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        EventSourceArn: { 'Fn::ImportValue': 'State:WorkArn' },
        FunctionName: { Ref: 'Worker' },
        BatchSize: 5,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 2 },
      },
    },
    PlanSchedule: schedule('rate(1 minute)', { job: 'plan', at: '<aws.scheduler.scheduled-time>', fail: false }),
    FailSchedule: schedule('cron(0 2 * * ? *)', { fail: true, attempt: '<aws.scheduler.attempt-number>' }),
    SleepingSchedule: schedule('rate(1 minute)', { job: 'never' }, { State: 'DISABLED' }),
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'tiny', ProtocolType: 'HTTP' } },
    Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: { Ref: 'Api' }, StageName: '$default' } },
    Integration: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ApiId: { Ref: 'Api' },
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: { 'Fn::GetAtt': ['ApiFunction', 'Arn'] },
        PayloadFormatVersion: '2.0',
        TimeoutInMillis: 1000,
      },
    },
    Guard: {
      Type: 'AWS::ApiGatewayV2::Authorizer',
      Properties: {
        ApiId: { Ref: 'Api' },
        AuthorizerType: 'REQUEST',
        AuthorizerUri: invocationUri('Authorizer'),
        AuthorizerPayloadFormatVersion: '2.0',
        EnableSimpleResponses: true,
        IdentitySource: ['$request.header.Authorization'],
        AuthorizerResultTtlInSeconds: 60,
        Name: 'guard',
      },
    },
    Items: route('GET /items/{id}'),
    Files: route('ANY /files/{proxy+}'),
    Post: route('POST /items'),
    Secret: route('GET /secret', GUARDED),
    OtherSecret: route('GET /secret/{part}', GUARDED),
    ...Object.fromEntries(
      ['teapot', 'bytes', 'throw', 'slow', 'plain', 'bad'].map((name) => [`R${name}`, route(`GET /${name}`)]),
    ),
  },
};

export const TINY_STACKS: Readonly<Record<string, TemplateText>> = { Service: SERVICE, State: STATE };
