import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { ApiResponse } from './response.ts';

/** Stands beside the bundle. */
export const PUBLIC_ANSWERS_FILE = 'public-answers.json';

/**
 * What anybody may read, by route: how to use the API, and a page without data of its own. They are the same for every
 * request, so they are rendered when the function is bundled: what describes the API is a tenth of it, and would be loaded
 * with each cold start.
 */
export interface PublicAnswers {
  readonly getStatusPage: ApiResponse;
  readonly getOpenApi: ApiResponse;
}

const response = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});
const publicAnswers = z.object({ getStatusPage: response, getOpenApi: response });

/** Reads them when somebody asks, and once. @param folder the bundle's */
export function publicAnswersIn(folder: string): () => Promise<PublicAnswers> {
  let read: Promise<PublicAnswers> | undefined;
  return () => {
    read ??= readFile(join(folder, PUBLIC_ANSWERS_FILE), 'utf8').then((text) => publicAnswers.parse(JSON.parse(text)));
    return read;
  };
}
