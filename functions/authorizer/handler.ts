import { createTokenRuntime } from '../../lib/runtime/token-runtime.ts';
import { type AuthorizerAnswer, type AuthorizerEvent, createAuthorizer } from './authorize.ts';

const runtime = createTokenRuntime('authorizer');
const authorize = createAuthorizer(runtime);

/** Invoked before every request. */
export async function handler(event: AuthorizerEvent): Promise<AuthorizerAnswer> {
  try {
    return await authorize(event);
  } finally {
    runtime.telemetry.flush();
  }
}
