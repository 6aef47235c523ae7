import { STATUS_PAGE, STATUS_PAGE_POLICY } from '../page/page.ts';
import type { PublicAnswers } from '../public-answers.ts';
import { htmlResponse, jsonResponse } from '../response.ts';
import type { Route } from '../router.ts';
import { openApiDocument } from './document.ts';
import type { OperationName } from './operations.ts';

/** The answers that are the same for every request. */
export function renderPublicAnswers(routes: readonly Route<OperationName>[]): PublicAnswers {
  return {
    getStatusPage: htmlResponse(STATUS_PAGE, STATUS_PAGE_POLICY),
    getOpenApi: jsonResponse(200, openApiDocument(routes)),
  };
}
