import { createHash, timingSafeEqual } from 'node:crypto';
import { Failure } from '../../lib/domain/failure.ts';
import type { ApiTokenHashes, ApiTokens } from '../../lib/ports/parameters.ts';
import type { Telemetry } from '../../lib/ports/telemetry.ts';

/** What is used of an HTTP API authorizer event, payload format 2.0. Header names are in lower case. */
export interface AuthorizerEvent {
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly requestContext: { readonly requestId: string };
}

/** The simple response. `scopes` is empty, or `read`, or `read operate`. */
export interface AuthorizerAnswer {
  readonly isAuthorized: true;
  readonly context: { readonly scopes: string; readonly caller: string };
}

export interface AuthorizerDependencies {
  readonly tokens: ApiTokens;
  readonly telemetry: Telemetry;
}

/** RFC 6750; far longer than any token of ours. */
const BEARER = /^Bearer +([A-Za-z0-9._~+/-]{1,512}=*) *$/i;
const NOBODY: AuthorizerAnswer = { isAuthorized: true, context: { scopes: '', caller: '' } };

/**
 * Says what a caller may do; it never refuses, and never fails. The API refuses everybody without the scope of a route, so
 * that every refusal is one problem document, and a route without data needs no token.
 */
export function createAuthorizer({ tokens, telemetry }: AuthorizerDependencies) {
  return async (event: AuthorizerEvent): Promise<AuthorizerAnswer> => {
    const token = BEARER.exec(event.headers?.authorization ?? '')?.[1];
    if (token === undefined) return NOBODY;
    try {
      return grant(token, await tokens.hashes());
    } catch (error) {
      const code = error instanceof Failure ? error.code : 'unexpected';
      telemetry.log('error', 'token hashes not readable, nobody is let in', {
        code,
        request: event.requestContext.requestId,
      });
      return NOBODY;
    }
  };
}

function grant(token: string, hashes: ApiTokenHashes): AuthorizerAnswer {
  const given = createHash('sha256').update(token).digest();
  // Both lists are compared to their ends, so that the time taken says nothing about which token matched.
  const mayOperate = isAmong(given, hashes.operate);
  const mayRead = isAmong(given, hashes.read);
  const scopes = mayOperate ? 'read operate' : mayRead ? 'read' : '';
  return { isAuthorized: true, context: { scopes, caller: given.toString('hex').slice(0, 8) } };
}

function isAmong(given: Buffer, hashes: readonly string[]): boolean {
  let found = 0;
  for (const hash of hashes) {
    const known = Buffer.from(hash, 'hex');
    // A hash of another length is a mistake in the parameter and matches nobody.
    found |= known.length === given.length && timingSafeEqual(known, given) ? 1 : 0;
  }
  return found === 1;
}
