import * as z from 'zod';
import type { Answer } from './api.ts';
import type { ClinikoControl, StreamName } from './cliniko-control.ts';

export interface ControlCall {
  readonly method: string;
  /** Below the organization: `records`. */
  readonly path: string;
  readonly parameters: URLSearchParams;
  readonly body: string;
}

const STREAM = z.enum(['patients', 'appointments']);
const EDITS = z.strictObject({
  edits: z.array(
    z.discriminatedUnion('do', [
      z.strictObject({ do: z.literal('insert'), stream: STREAM }),
      z.strictObject({ do: z.literal('edit'), stream: STREAM, id: z.string() }),
      z.strictObject({ do: z.literal('remove'), stream: STREAM, id: z.string() }),
      z.strictObject({ do: z.literal('book'), startsAt: z.iso.datetime() }),
      z.strictObject({ do: z.literal('reschedule'), id: z.string(), startsAt: z.iso.datetime() }),
      z.strictObject({
        do: z.literal('leave'),
        stream: STREAM,
        id: z.string(),
        way: z.enum(['deleted', 'archived', 'cancelled']),
      }),
      z.strictObject({ do: z.literal('come-back'), stream: STREAM, id: z.string() }),
    ]),
  ),
});
const FAULT = z.strictObject({
  fault: z.enum(['unavailable', 'network', 'rate-limited', 'truncated', 'page-of-html']),
  times: z.int().min(1).default(1),
});
const BEHAVIOUR = z
  .strictObject({
    idsAs: z.enum(['number', 'string']),
    plainListsShowGone: z.boolean(),
    leavingTouches: z.boolean(),
    filtersByLeavingTimes: z.boolean(),
    indexLagMs: z.number().min(0),
    mostPerPage: z.int().min(1).max(100),
  })
  .partial();

type Edit = z.infer<typeof EDITS>['edits'][number];
type Handler = (control: ClinikoControl, body: unknown, parameters: URLSearchParams) => unknown;

/** Method and path below `/_control/{organization}/` → what it does. */
const ROUTES: Readonly<Record<string, Handler>> = {
  'GET records': (control, _, parameters) => ({ records: control.records(streamOf(parameters)) }),
  'POST edits': (control, body) => ({ ids: EDITS.parse(body).edits.map((edit) => applyEdit(control, edit)) }),
  'POST changes': (control) => control.changeSome(),
  'POST editing': (control, body) => control.startEditing(z.strictObject({ everyMs: z.number() }).parse(body).everyMs),
  'DELETE editing': (control) => control.stopEditing(),
  'POST faults': (control, body) => {
    const { fault, times } = FAULT.parse(body);
    control.injectFault(fault, times);
  },
  'DELETE faults': (control) => control.clearFaults(),
  'PUT clock': (control, body) => control.setSkew(z.strictObject({ skewMs: z.number() }).parse(body).skewMs),
  'PUT limits': (control, body) =>
    control.setPerMinute(z.strictObject({ perMinute: z.int().min(0) }).parse(body).perMinute),
  'GET behaviour': (control) => control.behaviour(),
  'PUT behaviour': (control, body) => {
    const given = Object.entries(BEHAVIOUR.parse(body)).filter(([, value]) => value !== undefined);
    control.setBehaviour(Object.fromEntries(given));
  },
  'GET calls': (control) => ({ calls: control.calls() }),
  'DELETE calls': (control) => control.resetCalls(),
};

/** Answers what tests and people ask of the hand behind an organization: 200, 400 with the reason, 404. */
export function answerControlCall(control: ClinikoControl, { method, path, parameters, body }: ControlCall): Answer {
  const handler = ROUTES[`${method} ${path}`];
  if (handler === undefined) return answer(404, { error: 'no such route', routes: Object.keys(ROUTES) });
  try {
    const parsed: unknown = body === '' ? {} : JSON.parse(body);
    return answer(200, handler(control, parsed, parameters) ?? { done: true });
  } catch (error) {
    if (error instanceof z.ZodError) return answer(400, { error: z.prettifyError(error) });
    if (error instanceof RangeError || error instanceof SyntaxError) return answer(400, { error: error.message });
    throw error;
  }
}

/** @returns the id of what was written */
function applyEdit({ desks }: ClinikoControl, edit: Edit): string {
  switch (edit.do) {
    case 'insert':
      return desks[edit.stream].insert();
    case 'edit':
      desks[edit.stream].edit(edit.id);
      return edit.id;
    case 'remove':
      desks[edit.stream].remove(edit.id);
      return edit.id;
    case 'book':
      return desks.appointments.book(Date.parse(edit.startsAt));
    case 'reschedule':
      desks.appointments.reschedule(edit.id, Date.parse(edit.startsAt));
      return edit.id;
    case 'leave':
      desks[edit.stream].leave(edit.id, edit.way);
      return edit.id;
    case 'come-back':
      desks[edit.stream].comeBack(edit.id);
      return edit.id;
  }
}

function streamOf(parameters: URLSearchParams): StreamName {
  return STREAM.parse(parameters.get('stream') ?? 'patients');
}

function answer(status: number, value: unknown): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}
