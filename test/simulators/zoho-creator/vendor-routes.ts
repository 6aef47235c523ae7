import { type Answer, codeAnswer, htmlAnswer, withHeader } from './answer.ts';
import type { CallKind } from './call-log.ts';
import type { Fault } from './faults.ts';
import { answerRecordsCall, reportAt } from './records-route.ts';
import type { VendorCall } from './vendor-call.ts';
import type { ZohoAccount } from './zoho-account.ts';

const TOKEN_PATH = '/oauth/v2/token';

/** What goes over the wire: `answer` absent means the connection hangs or breaks without one. */
export interface Delivery {
  readonly answer?: Answer;
  readonly manner: 'whole' | 'truncated' | 'cut' | 'reset' | 'hang' | 'no-date';
}

/** Carries out a call to the accounts host or the API host, through whatever fault hits it. */
export async function deliverVendorCall(account: ZohoAccount, call: VendorCall, apiDomain: string): Promise<Delivery> {
  const kind = kindOf(call.url.pathname);
  const at = account.clock.trueNow();
  account.log.count(kind);
  const withCursor = call.cursor !== undefined;
  const fault = account.faults.draw(kind, withCursor);
  const delivery = await deliver(account, call, { apiDomain, kind, fault });
  const { method, url } = call;
  account.log.record({ at, kind, method, url, withCursor, fault: fault?.kind, answer: delivery.answer });
  return delivery;
}

interface CallContext {
  readonly apiDomain: string;
  readonly kind: CallKind;
  readonly fault: Fault | undefined;
}

async function deliver(account: ZohoAccount, call: VendorCall, context: CallContext): Promise<Delivery> {
  const { fault } = context;
  const instead = fault && deliverInstead(account, fault);
  if (instead) return instead;
  const answer = await carryOut(account, call, context);
  return fault?.kind === 'lost-answer' ? { manner: 'reset' } : { answer, manner: mannerOf(fault) };
}

/** What faults deliver that keep the call from being carried out. */
function deliverInstead(account: ZohoAccount, fault: Fault): Delivery | undefined {
  switch (fault.kind) {
    case 'answer': {
      const headers = { 'content-type': 'application/json;charset=UTF-8', ...fault.headers };
      return { answer: { status: fault.status, headers, body: fault.body }, manner: 'whole' };
    }
    case 'code':
      return { answer: faultAnswer(account, fault), manner: 'whole' };
    case 'html':
      return { answer: htmlAnswer(fault.status), manner: 'whole' };
    case 'reset':
    case 'hang':
      return { manner: fault.kind };
    case 'delay':
    case 'hold':
    case 'truncate':
    case 'cut':
    case 'lost-answer':
    case 'no-date':
    case 'empty-page':
    case 'repeat-cursor':
    case 'expired-cursor':
      return undefined;
  }
}

function carryOut(account: ZohoAccount, call: VendorCall, context: CallContext): Answer | Promise<Answer> {
  if (context.kind !== 'token') return answerRecordsCall(account, call, context.fault);
  if (call.method !== 'POST') return htmlAnswer(405);
  const parameters = new URLSearchParams([...new URLSearchParams(call.body), ...call.url.searchParams]);
  return account.tokens.answer(parameters, context.apiDomain);
}

function mannerOf(fault: Fault | undefined): Delivery['manner'] {
  if (fault?.kind === 'truncate') return 'truncated';
  if (fault?.kind === 'cut' || fault?.kind === 'no-date') return fault.kind;
  return 'whole';
}

function faultAnswer({ behaviour }: ZohoAccount, fault: Extract<Fault, { kind: 'code' }>): Answer {
  const answer = codeAnswer(fault.status, fault.code, 'Injected by the control of the simulator.', behaviour);
  return fault.retryAfter === undefined ? answer : withHeader(answer, 'retry-after', fault.retryAfter);
}

function kindOf(path: string): CallKind {
  return path === TOKEN_PATH ? 'token' : (reportAt(path)?.stream ?? 'other');
}
