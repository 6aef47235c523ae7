import { createApiRuntime } from '../../lib/runtime/api-runtime.ts';
import { createApi } from './api.ts';
import { dependenciesOf } from './dependencies.ts';
import type { HttpEvent } from './request.ts';
import type { ApiResponse } from './response.ts';

const runtime = createApiRuntime('api');
const api = createApi(dependenciesOf(runtime));

/** Invoked for every request the gateway lets through. */
export async function handler(event: HttpEvent): Promise<ApiResponse> {
  try {
    return await api(event);
  } finally {
    runtime.telemetry.flush();
  }
}
