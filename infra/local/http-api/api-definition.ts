import * as z from 'zod';
import type { FunctionPool } from '../lambda/function-pool.ts';
import type { Deployment } from '../template/deployment.ts';
import { RequestAuthorizer } from './request-authorizer.ts';

export interface ApiRoute {
  /** `GET /v1/status`, `ANY /{proxy+}` or `$default`. */
  readonly routeKey: string;
  readonly pool: FunctionPool;
  readonly timeoutMs: number;
  readonly authorizer?: RequestAuthorizer;
}

export interface ApiDefinition {
  readonly apiId: string;
  readonly routes: readonly ApiRoute[];
}

const apiSchema = z.object({ ProtocolType: z.literal('HTTP', 'only HTTP APIs run here') });
const stageSchema = z.object({ StageName: z.literal('$default', 'only the $default stage runs here') });
const integrationSchema = z.object({
  IntegrationType: z.literal('AWS_PROXY'),
  IntegrationUri: z.string(),
  PayloadFormatVersion: z.literal('2.0'),
  TimeoutInMillis: z._default(z.coerce.number().max(30_000), 30_000),
});
const authorizerSchema = z.object({
  AuthorizerType: z.literal('REQUEST', 'only Lambda authorizers run here'),
  AuthorizerUri: z.string(),
  AuthorizerPayloadFormatVersion: z.literal('2.0'),
  EnableSimpleResponses: z.literal(true, 'only simple responses are understood here'),
  IdentitySource: z._default(z.array(z.string()), []),
  AuthorizerResultTtlInSeconds: z._default(z.coerce.number(), 300),
});
const routeSchema = z.object({
  ApiId: z.string(),
  RouteKey: z.string(),
  Target: z.string(),
  AuthorizationType: z._default(z.enum(['NONE', 'CUSTOM'], 'only Lambda authorizers run here'), 'NONE'),
  AuthorizerId: z.optional(z.string()),
});

/** The HTTP APIs of the templates. */
export function apiDefinitions(
  deployment: Deployment,
  poolOf: (functionName: string) => FunctionPool,
): readonly ApiDefinition[] {
  deployment.declared('AWS::ApiGatewayV2::Stage', stageSchema);
  const integrations = byRef(deployment, 'AWS::ApiGatewayV2::Integration', integrationSchema);
  const authorizers = new Map<string, RequestAuthorizer>();
  for (const [ref, properties] of byRef(deployment, 'AWS::ApiGatewayV2::Authorizer', authorizerSchema)) {
    const pool = poolOf(functionOf(properties.AuthorizerUri));
    const ttlMs = properties.AuthorizerResultTtlInSeconds * 1_000;
    authorizers.set(ref, new RequestAuthorizer({ pool, identitySources: properties.IdentitySource, ttlMs }));
  }
  const routes = deployment.declared('AWS::ApiGatewayV2::Route', routeSchema).map(({ resource, properties }) => {
    const integration = integrations.get(properties.Target.replace('integrations/', ''));
    if (integration === undefined) throw new Error(`route ${properties.RouteKey} has no integration`);
    const { ApiId: apiId, RouteKey: routeKey, AuthorizationType, AuthorizerId } = properties;
    const authorizer = AuthorizationType === 'CUSTOM' ? authorizers.get(AuthorizerId ?? '') : undefined;
    if (AuthorizationType === 'CUSTOM' && authorizer === undefined) {
      throw new Error(`${resource.logicalId} has an authorizer that the template does not declare`);
    }
    const pool = poolOf(functionOf(integration.IntegrationUri));
    const route = { routeKey, pool, timeoutMs: integration.TimeoutInMillis, ...(authorizer && { authorizer }) };
    return { apiId, route };
  });
  return [...byRef(deployment, 'AWS::ApiGatewayV2::Api', apiSchema).keys()].map((apiId) => ({
    apiId,
    routes: routes.filter((entry) => entry.apiId === apiId).map(({ route }) => route),
  }));
}

function byRef<Schema extends z.ZodType>(
  deployment: Deployment,
  type: string,
  schema: Schema,
): ReadonlyMap<string, z.infer<Schema>> {
  const declared = deployment.declared(type, schema);
  return new Map(declared.map(({ resource, properties }) => [deployment.physical(resource).ref, properties]));
}

/** A function's ARN, alone or inside the invocation ARN that API Gateway uses. */
function functionOf(uri: string): string {
  return /functions\/(.+)\/invocations$/.exec(uri)?.[1] ?? uri;
}
