import type * as z from 'zod/mini';
import { type Checked, ok, refused } from './problem.ts';
import {
  type Caller,
  callerOf,
  type HttpEvent,
  PATH_PARAMETERS,
  type PathParameter,
  type PathParameters,
  parseBody,
  parsePath,
  parseQuery,
} from './request.ts';
import type { ApiResponse } from './response.ts';

/** `none` is for what holds no data. There is no default: a route without a scope does not compile. */
export type Scope = 'none' | 'read' | 'operate';

/** What a handler is given: everything in it has been checked. */
export interface Call<Query, Body> {
  readonly path: PathParameters;
  readonly query: Query;
  readonly body: Body;
}

export interface RouteSpec<Name extends string, Query, Body> {
  /** The operation id in the OpenAPI document. */
  readonly name: Name;
  readonly method: 'GET' | 'POST';
  /** Literals and `{parameters}`. */
  readonly path: string;
  readonly scope: Scope;
  readonly query: z.ZodMiniType<Query>;
  readonly body: z.ZodMiniType<Body>;
  /** Whether a request of this kind needs the scope `operate`, though others of the route do not: it spends something. */
  spends?(query: Query): boolean;
  handle(call: Call<Query, Body>): Promise<Checked<ApiResponse>>;
}

export interface Route<Name extends string = string> {
  readonly name: Name;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly scope: Scope;
  readonly query: z.ZodMiniType;
  readonly body: z.ZodMiniType;
  /** Checks path, query and body in this order, and only then lets the handler work. */
  answer(event: HttpEvent, rawPath: Readonly<Partial<Record<PathParameter, string>>>): Promise<Checked<ApiResponse>>;
}

export function defineRoute<Name extends string, Query, Body>(spec: RouteSpec<Name, Query, Body>): Route<Name> {
  return {
    ...spec,
    async answer(event, rawPath) {
      const path = parsePath(rawPath);
      if (path.outcome === 'problem') return path;
      const query = parseQuery(spec.query, event.rawQueryString);
      if (query.outcome === 'problem') return query;
      if (spec.spends?.(query.value)) {
        const authorized = authorize({ scope: 'operate' }, callerOf(event));
        if (authorized.outcome === 'problem') return authorized;
      }
      const body = parseBody(spec.body, event);
      if (body.outcome === 'problem') return body;
      return spec.handle({ path: path.value, query: query.value, body: body.value });
    },
  };
}

export interface Match<R extends Route> {
  readonly route: R;
  readonly rawPath: Readonly<Partial<Record<PathParameter, string>>>;
}

/** The one route for a method and a path. */
export function matchRoute<R extends Route>(routes: readonly R[], method: string, rawPath: string): Checked<Match<R>> {
  const matches = routes.flatMap((route) => {
    const parts = matchPath(route.path, rawPath);
    return parts === undefined ? [] : [{ route, rawPath: parts }];
  });
  const match = matches.find(({ route }) => route.method === method);
  if (match !== undefined) return ok(match);
  if (matches.length === 0) return refused('unknown-route', 'GET /openapi.json lists all routes.');
  const allow = [...new Set(matches.map(({ route }) => route.method))].join(', ');
  return refused('wrong-method', `Use ${allow}.`, { headers: { allow } });
}

function matchPath(pattern: string, rawPath: string): Partial<Record<PathParameter, string>> | undefined {
  const wanted = pattern.split('/');
  const given = joinRecord(wanted, rawPath.split('/'));
  if (wanted.length !== given.length) return undefined;
  const parts: Partial<Record<PathParameter, string>> = {};
  for (const [index, want] of wanted.entries()) {
    const part = given[index] ?? '';
    const name = parameterName(want);
    if (name === undefined ? part !== want : part === '') return undefined;
    if (name !== undefined) parts[name] = part;
  }
  return parts;
}

/** A record's id may hold slashes, and the gateway has decoded them: surplus parts of the path belong to it. */
function joinRecord(wanted: readonly string[], given: readonly string[]): readonly string[] {
  const at = wanted.indexOf('{record}');
  const surplus = given.length - wanted.length;
  if (at < 0 || surplus <= 0) return given;
  return given.toSpliced(at, surplus + 1, given.slice(at, at + surplus + 1).join('/'));
}

/** The parameter that a part of a pattern stands for; `undefined` for a literal. */
export function parameterName(part: string): PathParameter | undefined {
  return PATH_PARAMETERS.find((name) => part === `{${name}}`);
}

/** Whether a caller may use a route. Deny by default: only a named scope opens a route that has one. */
export function authorize(route: Pick<Route, 'scope'>, { scopes }: Caller): Checked<undefined> {
  if (route.scope === 'none' || scopes.includes(route.scope)) return ok(undefined);
  if (scopes.length > 0) {
    return refused('missing-scope', `Use a token with the scope "${route.scope}".`, {
      headers: { 'www-authenticate': `Bearer realm="tidemark", error="insufficient_scope", scope="${route.scope}"` },
    });
  }
  return refused('unauthenticated', 'Send a valid token: "Authorization: Bearer …".', {
    headers: { 'www-authenticate': 'Bearer realm="tidemark"' },
  });
}
