import * as z from 'zod/mini';
import { instantFromMs } from '../../domain/instant.ts';
import { CONNECTION_ID, PARTITION_ID, RUN_ID, STREAM_NAME, WHOLE_STREAM } from '../../domain/names.ts';
import type { Task } from '../../domain/task.ts';

/** Rises when a reader of the version before would misunderstand the message; new fields alone do not need that. */
const VERSION = 1;

/** 8.64e15 milliseconds: the end of dates. */
const instant = z.pipe(z.int().check(z.minimum(0), z.maximum(8.64e15)), z.transform(instantFromMs));
const number = z.int().check(z.minimum(0));

const stream = { connection: z.string().check(z.regex(CONNECTION_ID)), stream: z.string().check(z.regex(STREAM_NAME)) };
const partition = { ...stream, partition: z.string().check(z.regex(PARTITION_ID)) };
const wholeOrPart = { ...stream, partition: z.union([z.literal(WHOLE_STREAM), partition.partition]) };
/** Plans are named as runs are. */
const run = z.string().check(z.regex(RUN_ID));

const message = z.discriminatedUnion('task', [
  z.object({
    task: z.literal('apply'),
    ...partition,
    delta: number,
    order: number,
    servedAt: instant,
    pageServedAt: z.exactOptional(instant),
    inline: z.exactOptional(z.string()),
    followed: z.exactOptional(z.boolean()),
  }),
  z.object({ task: z.literal('window'), ...partition, reason: z.enum(['pending', 'due']) }),
  z.object({ task: z.literal('full'), ...partition, run }),
  z.object({ task: z.literal('walk'), ...stream, partition: z.literal(WHOLE_STREAM), run }),
  z.object({ task: z.literal('audit'), ...wholeOrPart, run }),
  z.object({ task: z.literal('drop'), ...wholeOrPart, plan: run }),
  z.object({
    task: z.literal('import'),
    ...stream,
    partition: z.literal(WHOLE_STREAM),
    run,
    dryRun: z.exactOptional(z.boolean()),
  }),
  z.object({ task: z.literal('plan'), ...stream, partition: z.literal(WHOLE_STREAM) }),
  z.object({
    task: z.literal('hint'),
    ...stream,
    partition: z.literal(WHOLE_STREAM),
    tries: z.exactOptional(number),
    due: z.exactOptional(instant),
  }),
]);

/** A task as the text of a message. */
export function encodeTask(task: Task): string {
  return JSON.stringify({ v: VERSION, ...task });
}

/** Why a text is no task, in words that hold none of its values. */
export interface Undecodable {
  readonly problem: string;
}

/** Reads what `encodeTask` wrote, here or in a neighbouring release: fields it does not know are left alone. */
export function decodeTask(text: string): Task | Undecodable {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null) return { problem: 'the message is not a JSON object' };
  if (!('v' in value) || value.v !== VERSION) return { problem: `the message is not of version ${VERSION}` };
  const parsed = message.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = new Set(parsed.error.issues.map((issue) => issue.path.join('.') || 'task'));
  return { problem: `the message is not a task: ${[...fields].join(', ')}` };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
