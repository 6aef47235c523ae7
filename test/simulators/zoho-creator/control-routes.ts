import * as z from 'zod';
import { toIso } from '../../../lib/domain/instant.ts';
import { type Answer, jsonAnswer } from './answer.ts';
import { BATCH, BEHAVIOUR, CLOCK, EDITING, EDITS, FAULT_RULE, HOOK, LIMITS, REVOCATION } from './control-schema.ts';
import type { TrueRecord, ZohoControl } from './zoho-control.ts';

export interface ControlCall {
  readonly method: string;
  readonly url: URL;
  readonly body: string;
}

type Handler = (control: ZohoControl, body: unknown, url: URL) => unknown;

/** Method and path below `/_control/` → what it does. A handler's result is the answer's JSON. */
const ROUTES: Readonly<Record<string, Handler>> = {
  'GET events': (control) => ({ events: control.events() }),
  'GET records': (control, _, url) => ({
    records: control.records(url.searchParams.get('event') ?? undefined).map(listed),
  }),
  'POST edits': (control, body) => ({ ids: control.apply(EDITS.parse(body).edits) }),
  'POST changes': (control, body) => ({ ids: control.changeBatch(BATCH.parse(body)) }),
  'POST editing': (control, body) => control.startEditing(EDITING.parse(body)),
  'DELETE editing': (control) => control.stopEditing(),
  'POST hooks': (control, body) => {
    const { afterPage, edits, stream } = HOOK.parse(body);
    control.duringWalk(afterPage, edits, stream);
  },
  'GET faults': (control) => ({ faults: control.faults() }),
  'POST faults': (control, body) => control.injectFault(FAULT_RULE.parse(body)),
  'DELETE faults': (control) => control.clearFaults(),
  'DELETE cursors': (control) => control.expireCursors(),
  'DELETE tokens': (control, body) => control.revokeTokens(REVOCATION.parse(body)),
  'POST tokens': (control) => control.restoreRefreshToken(),
  'GET clock': (control) => clock(control),
  'PUT clock': (control, body) => {
    const change = CLOCK.parse(body);
    if ('skewMs' in change) control.setSkew(change.skewMs);
    else control.stepClock(change.stepMs);
    return clock(control);
  },
  'GET limits': (control) => control.limits(),
  'PUT limits': (control, body) => {
    control.setLimits(LIMITS.parse(body));
    return control.limits();
  },
  'GET behaviour': (control) => control.behaviour(),
  'PUT behaviour': (control, body) => {
    control.setBehaviour(BEHAVIOUR.parse(body));
    return control.behaviour();
  },
  'GET calls': (control) => control.calls(),
  'DELETE calls': (control) => control.resetCalls(),
  'GET requests': (control) => ({ requests: control.requests() }),
};

/** Answers `/_control/…`: 200 with JSON, 400 with the reason, 404 for an unknown route or record. */
export function answerControlCall(control: ZohoControl, call: ControlCall): Answer {
  const path = call.url.pathname.replace('/_control/', '');
  const one = /^records\/(\d+)$/.exec(path)?.[1];
  if (one !== undefined) {
    const record = control.record(one);
    return record ? jsonAnswer(200, listed(record)) : jsonAnswer(404, { error: 'no such record' });
  }
  const handler = ROUTES[`${call.method} ${path}`];
  if (!handler) return jsonAnswer(404, { error: 'no such route', routes: Object.keys(ROUTES) });
  try {
    const body: unknown = call.body === '' ? {} : JSON.parse(call.body);
    return jsonAnswer(200, handler(control, body, call.url) ?? { done: true });
  } catch (error) {
    return refusal(error);
  }
}

function refusal(error: unknown): Answer {
  if (error instanceof z.ZodError) return jsonAnswer(400, { error: z.prettifyError(error) });
  if (error instanceof RangeError || error instanceof SyntaxError) return jsonAnswer(400, { error: error.message });
  throw error;
}

function clock(control: ZohoControl): unknown {
  return { now: toIso(control.now()), skewMs: control.skewMs() };
}

function listed(record: TrueRecord): unknown {
  return { ...record, modified: toIso(record.modified) };
}
