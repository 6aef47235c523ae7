import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, codeAnswer, recordsAnswer, withHeader } from './answer.ts';
import type { CursorState } from './cursors.ts';
import type { Fault } from './faults.ts';
import { answerPage } from './records-page.ts';
import { hasQueryParameters, readRecordsQuery } from './records-query.ts';
import { APP, EVENTS, OWNER, REGISTRATIONS, type ReportDefinition } from './report-schema.ts';
import type { VendorCall } from './vendor-call.ts';
import type { ZohoAccount } from './zoho-account.ts';

const DATA_PATH = /^\/creator\/v2\.1\/data\/([^/]+)\/([^/]+)\/report\/([^/]+)$/;

/** The report a path names, whoever asks. */
export function reportAt(path: string): ReportDefinition | undefined {
  const linkName = DATA_PATH.exec(path)?.[3];
  return [REGISTRATIONS, EVENTS].find((report) => report.linkName === linkName);
}

/** Answers `GET /creator/v2.1/data/{owner}/{app}/report/{report}` and everything that misses it. */
export async function answerRecordsCall(account: ZohoAccount, call: VendorCall, fault?: Fault): Promise<Answer> {
  const { behaviour } = account;
  const path = DATA_PATH.exec(call.url.pathname);
  if (!path) return codeAnswer(404, 1000, 'Invalid API URL format.', behaviour);
  if (call.method !== 'GET') return codeAnswer(405, 1020, 'The HTTP method is not supported.', behaviour);
  const refusal = authorizationRefusal(account, call);
  if (refusal) return refusal;
  const admission = account.limits.admit(behaviour);
  if (admission.outcome === 'refused') return admission.answer;
  try {
    const waitMs = behaviour.latencyMs + (fault?.kind === 'delay' ? fault.delayMs : 0);
    if (waitMs > 0) await sleep(waitMs, undefined, { ref: false });
    if (fault?.kind === 'hold') await account.faults.untilCleared();
    return wrongName(account, path) ?? answerQuery(account, call, fault);
  } finally {
    admission.release();
  }
}

function authorizationRefusal({ tokens, behaviour }: ZohoAccount, call: VendorCall): Answer | undefined {
  const check = tokens.check(call.authorization);
  if (check === 'good') return undefined;
  if (check === 'without-scope') return codeAnswer(401, 2945, 'Invalid OAuth scope.', behaviour);
  return codeAnswer(401, 1030, 'Authorization Failure. The access token is either invalid or has expired.', behaviour);
}

function wrongName({ behaviour }: ZohoAccount, [, owner, app, report]: RegExpExecArray): Answer | undefined {
  if (owner !== OWNER) return codeAnswer(404, 1040, 'No account owner of this name found.', behaviour);
  if (app !== APP) return codeAnswer(404, 2892, 'No application of this name found.', behaviour);
  if ([REGISTRATIONS, EVENTS].some(({ linkName }) => linkName === report)) return undefined;
  return codeAnswer(404, 2894, 'No report of this name found.', behaviour);
}

function answerQuery(account: ZohoAccount, call: VendorCall, fault: Fault | undefined): Answer {
  const reading = readWalk(account, call);
  if ('status' in reading) return reading;
  if (fault?.kind === 'expired-cursor') return cursorRefusal(account);
  if (fault?.kind === 'empty-page') {
    return withHeader(recordsAnswer([], account.behaviour), 'record_cursor', account.cursors.issue(reading));
  }
  const page = answerPage(account, reading);
  if (fault?.kind !== 'repeat-cursor' || page.status !== 200) return page;
  return withHeader(page, 'record_cursor', call.cursor ?? account.cursors.issue(reading));
}

/** Where the call's walk stands: at its beginning, or where its cursor says. */
function readWalk(account: ZohoAccount, call: VendorCall): CursorState | Answer {
  const { behaviour } = account;
  const parameters = call.url.searchParams;
  const report = reportAt(call.url.pathname) ?? REGISTRATIONS;
  const reading = readRecordsQuery(report, parameters, behaviour);
  if (call.cursor === undefined) {
    return reading.outcome === 'query' ? { query: reading.query, pages: 0 } : reading.answer;
  }
  const state = account.cursors.find(call.cursor, behaviour.cursorLifetimeMs);
  if (!state || state.query.report !== report) return cursorRefusal(account);
  const stated = hasQueryParameters(parameters);
  if (behaviour.cursorParameters === 'forbidden') return stated ? cursorRefusal(account) : state;
  if (behaviour.cursorParameters === 'optional' && !stated) return state;
  if (reading.outcome === 'refused') return reading.answer;
  return reading.query.signature === state.query.signature ? state : cursorRefusal(account);
}

function cursorRefusal({ behaviour }: ZohoAccount): Answer {
  const { status, code } = behaviour.cursorError;
  return codeAnswer(status, code, 'Invalid record_cursor.', behaviour);
}
