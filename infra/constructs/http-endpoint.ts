import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AccessLogField, AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CfnStage,
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  type HttpRoute,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { AlarmChannel } from '../monitoring/alarm-channel.ts';
import { RunbookAlarm } from '../monitoring/runbook-alarm.ts';
import type { StageConfig } from '../stage-config.ts';
import type { TidemarkFunction } from './tidemark-function.ts';

/** What is kept of a request: never its query, its body or its token. */
const LOG_FORMAT = AccessLogFormat.custom(
  JSON.stringify({
    requestId: AccessLogField.contextRequestId(),
    at: '$context.requestTime',
    method: AccessLogField.contextHttpMethod(),
    path: AccessLogField.contextPath(),
    status: AccessLogField.contextStatus(),
    bytes: AccessLogField.contextResponseLength(),
    latencyMs: AccessLogField.contextResponseLatency(),
    caller: '$context.authorizer.caller',
    sourceIp: AccessLogField.contextIdentitySourceIp(),
    integrationError: '$context.integrationErrorMessage',
    authorizerError: '$context.authorizer.error',
  }),
);

export interface HttpEndpointProps {
  readonly channel: AlarmChannel;
  /** Answers every request but those of vendors. */
  readonly api: TidemarkFunction;
  /** Says before every request who calls. */
  readonly authorizer: TidemarkFunction;
  /** Answers vendors, whom it knows by their signatures. */
  readonly webhook: TidemarkFunction;
  readonly throttle: StageConfig['apiThrottle'];
  /** For vendors, apart: a flood of theirs, or of somebody who would be taken for them, keeps nobody else out. */
  readonly webhookThrottle: StageConfig['webhookThrottle'];
  readonly logRetention: RetentionDays;
}

const WEBHOOKS = '/v1/webhooks/{connection}';

/**
 * The HTTP API: every path and method goes to one function, which knows the routes and answers for those it lacks; only
 * webhooks go to one of their own, past the authorizer.
 */
export class HttpEndpoint extends Construct {
  readonly httpApi: HttpApi;
  /** Without a slash at its end. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: HttpEndpointProps) {
    super(scope, id);
    this.httpApi = new HttpApi(this, 'HttpApi', {
      apiName: `tidemark-${props.channel.stage}`,
      createDefaultStage: false,
      defaultAuthorizer: identifyingAuthorizer(props.authorizer),
    });
    const integration = new HttpLambdaIntegration('Api', props.api.function);
    for (const path of ['/', '/{proxy+}']) {
      this.httpApi.addRoutes({ path, methods: [HttpMethod.ANY], integration });
    }
    const vendors = this.httpApi.addRoutes({
      path: WEBHOOKS,
      methods: [HttpMethod.POST],
      integration: new HttpLambdaIntegration('Webhook', props.webhook.function),
      authorizer: new HttpNoneAuthorizer(),
    });
    this.#addStage(props, vendors);
    this.url = this.httpApi.apiEndpoint;
    new RunbookAlarm(this, 'Failing', {
      channel: props.channel,
      article: 'api-failing',
      summary: 'The HTTP API answers with server errors.',
      metric: this.httpApi.metricServerError({ statistic: 'Sum', period: Duration.minutes(5) }),
      threshold: 1,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
    });
  }

  #addStage(
    { channel, throttle, webhookThrottle, logRetention }: HttpEndpointProps,
    vendors: readonly HttpRoute[],
  ): void {
    const accessLog = new LogGroup(this, 'AccessLog', {
      logGroupName: `/tidemark/${channel.stage}/http`,
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: this.httpApi,
      autoDeploy: true,
      throttle: { rateLimit: throttle.requestsPerSecond, burstLimit: throttle.burst },
      accessLogSettings: { destination: new LogGroupLogDestination(accessLog), format: LOG_FORMAT },
    });
    const { defaultChild } = stage.node;
    if (defaultChild instanceof CfnStage) {
      const { requestsPerSecond: ThrottlingRateLimit, burst: ThrottlingBurstLimit } = webhookThrottle;
      defaultChild.routeSettings = { [`POST ${WEBHOOKS}`]: { ThrottlingRateLimit, ThrottlingBurstLimit } };
    }
    // A limit can only be set on a route that is there.
    for (const route of vendors) {
      stage.node.addDependency(route);
      Validations.of(route).acknowledge({
        id: 'AwsSolutions::AwsSolutions-APIG4',
        reason:
          'Vendors have no token of ours. The function behind it knows them by their signatures, and refuses all others.',
      });
    }
  }
}

/**
 * Asked for every request, also one without a token, and its answer is never kept: the gateway's own refusals cannot be
 * problem documents, and a kept answer would outlive a revoked token.
 */
function identifyingAuthorizer({ function: handler }: TidemarkFunction): HttpLambdaAuthorizer {
  return new HttpLambdaAuthorizer('Authorizer', handler, {
    responseTypes: [HttpLambdaResponseType.SIMPLE],
    identitySource: [],
    resultsCacheTtl: Duration.seconds(0),
  });
}
