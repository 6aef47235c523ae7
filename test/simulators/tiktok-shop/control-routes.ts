import * as z from 'zod';
import { type Answer, jsonAnswer } from './answer.ts';
import type { TikTokControl } from './tiktok-control.ts';

export interface ControlCall {
  readonly method: string;
  readonly url: URL;
  readonly body: string;
}

const STREAM = z.enum(['orders', 'products']);
const EDITS = z.strictObject({
  edits: z.array(
    z.discriminatedUnion('do', [
      z.strictObject({ do: z.literal('insert'), stream: STREAM, shop: z.string(), agoMs: z.number().optional() }),
      z.strictObject({ do: z.literal('edit'), stream: STREAM, id: z.string() }),
      z.strictObject({ do: z.literal('remove'), stream: STREAM, id: z.string() }),
    ]),
  ),
});
const FAULTS = z.strictObject({
  faults: z.array(z.enum(['unavailable', 'network', 'rate-limited', 'quota-spent', 'truncated', 'page-of-html'])),
});

type Handler = (control: TikTokControl, body: unknown, url: URL) => unknown;

/** Method and path below `/_control/` → what it does. A handler's result is the answer's JSON. */
const ROUTES: Readonly<Record<string, Handler>> = {
  'GET shops': (control) => ({ shops: control.shops() }),
  'GET record': (control, _, url) => {
    const stream = STREAM.parse(url.searchParams.get('stream'));
    return { record: control.record(stream, url.searchParams.get('id') ?? '') ?? null };
  },
  'POST edits': (control, body) => ({ ids: EDITS.parse(body).edits.map((edit) => carryOut(control, edit)) }),
  'POST changes': (control, body) => ({
    ids: control.changeBatch(z.strictObject({ changes: z.int().min(1) }).parse(body).changes),
  }),
  'POST editing': (control, body) => {
    control.startEditing(z.strictObject({ everyMs: z.number().min(1) }).parse(body).everyMs);
  },
  'DELETE editing': (control) => control.stopEditing(),
  'POST faults': (control, body) => {
    for (const fault of FAULTS.parse(body).faults) control.injectFault(fault);
  },
  'DELETE cursors': (control) => control.expireCursors(),
  'DELETE tokens': (control) => control.expireAccessTokens(),
  'PUT clock': (control, body) => control.setSkew(z.strictObject({ skewMs: z.number() }).parse(body).skewMs),
  'PUT limits': (control, body) => control.setLimits(z.strictObject({ perMinute: z.int().min(1) }).parse(body)),
  'GET calls': (control) => control.calls(),
};

/** Answers `/_control/…`: 200 with JSON, 400 with the reason; `undefined` for an unknown route. */
export function answerControlCall(control: TikTokControl, { method, url, body }: ControlCall): Answer | undefined {
  const handler = ROUTES[`${method} ${url.pathname.replace('/_control/', '')}`];
  if (handler === undefined) return undefined;
  try {
    const value: unknown = body === '' ? {} : JSON.parse(body);
    return jsonAnswer(200, handler(control, value, url) ?? { done: true });
  } catch (error) {
    if (error instanceof z.ZodError) return jsonAnswer(400, { error: z.prettifyError(error) });
    if (error instanceof RangeError || error instanceof SyntaxError) return jsonAnswer(400, { error: error.message });
    throw error;
  }
}

function carryOut(control: TikTokControl, edit: z.infer<typeof EDITS>['edits'][number]): string {
  switch (edit.do) {
    case 'insert':
      return control.insert(edit.stream, edit.shop, edit.agoMs);
    case 'edit':
      control.edit(edit.stream, edit.id);
      return edit.id;
    case 'remove':
      control.remove(edit.stream, edit.id);
      return edit.id;
  }
}
