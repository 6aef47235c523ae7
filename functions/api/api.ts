import { Failure } from '../../lib/domain/failure.ts';
import { msBetween } from '../../lib/domain/instant.ts';
import type { ApiDependencies } from './dependencies.ts';
import { type Checked, PROBLEMS, type Problem, problemResponse, refused } from './problem.ts';
import { callerOf, type HttpEvent } from './request.ts';
import type { ApiResponse } from './response.ts';
import { authorize, matchRoute, type Route } from './router.ts';
import { routeTable } from './routes/table.ts';

/** Answers HTTP API events. Never throws: what is unexpected is logged and answered as a problem. */
export type Api = (event: HttpEvent) => Promise<ApiResponse>;

/** Seconds after which trying again makes sense. */
const RETRY_AFTER = { 'retry-after': '5' };

export function createApi(deps: ApiDependencies): Api {
  const routes = routeTable(deps);
  return async (event) => {
    const startedAt = deps.clock.now();
    const { method } = event.requestContext.http;
    const { caller } = callerOf(event);
    const match = matchRoute<Route>(routes, method, event.rawPath);
    const result = match.outcome === 'problem' ? match : await answer(deps, event, match.value);
    const response =
      result.outcome === 'ok' ? result.value : problemResponse(result.problem, event.requestContext.requestId);
    const name = match.outcome === 'ok' ? match.value.route.name : 'none';
    const quiet = method === 'GET' && response.statusCode < 400;
    deps.telemetry.log(quiet ? 'debug' : 'info', 'request answered', {
      route: name,
      status: response.statusCode,
      caller,
      request: event.requestContext.requestId,
      durationMs: msBetween(deps.clock.now(), startedAt),
      ...(result.outcome === 'problem' ? { problem: result.problem.code } : {}),
    });
    return response;
  };
}

type Matched = Extract<ReturnType<typeof matchRoute<Route>>, { outcome: 'ok' }>['value'];

async function answer(deps: ApiDependencies, event: HttpEvent, match: Matched): Promise<Checked<ApiResponse>> {
  const authorized = authorize(match.route, callerOf(event));
  if (authorized.outcome === 'problem') return authorized;
  try {
    return await match.route.answer(event, match.rawPath);
  } catch (error) {
    return failed(deps, event, error);
  }
}

function failed(
  deps: ApiDependencies,
  event: HttpEvent,
  error: unknown,
): { readonly outcome: 'problem'; readonly problem: Problem } {
  const failure = error instanceof Failure ? error : undefined;
  deps.telemetry.log('error', 'request failed', {
    request: event.requestContext.requestId,
    code: failure?.code ?? 'unexpected',
    // The message of a failure holds no values; that of another error may.
    reason: failure?.message ?? (error instanceof Error ? error.name : typeof error),
  });
  if (failure?.retryable) {
    return refused('unavailable', 'Try again in a moment; asking twice does no harm.', { headers: RETRY_AFTER });
  }
  return refused('internal', `${PROBLEMS.internal.title}. The log names the cause under this request's id.`);
}
