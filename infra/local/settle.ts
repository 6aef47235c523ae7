import { setTimeout as sleep } from 'node:timers/promises';
import type { FunctionPools } from './lambda/function-pools.ts';
import { objectOf } from './services/json.ts';
import type { EmbeddedSqs } from './services/sqs/embedded-sqs.ts';
import type { EventSourceMapping } from './triggers/event-source-mapping.ts';
import type { Scheduler } from './triggers/scheduler.ts';

export interface Activity {
  readonly sqs: EmbeddedSqs;
  readonly mappings: readonly EventSourceMapping[];
  readonly pools: FunctionPools;
  readonly scheduler: Scheduler;
}

const PAUSE_MS = 20;
/** Looks in a row that must find nothing: between two, what one function has sent reaches the next. */
const QUIET_LOOKS = 3;

/** Waits until nothing runs and no message is left on a queue that is read: visible, delayed or in flight. */
export async function settle(activity: Activity, timeoutMs: number): Promise<void> {
  const end = Date.now() + timeoutMs;
  for (let quiet = 0; quiet < QUIET_LOOKS; ) {
    const left = await describeActivity(activity);
    quiet = left === undefined ? quiet + 1 : 0;
    if (left !== undefined && Date.now() > end) throw new Error(`not settled within ${timeoutMs} ms: ${left}`);
    await sleep(PAUSE_MS);
  }
}

async function describeActivity({ sqs, mappings, pools, scheduler }: Activity): Promise<string | undefined> {
  if (pools.inFlight > 0) return `${pools.inFlight} invocations under way`;
  if (scheduler.inFlight > 0) return `${scheduler.inFlight} schedules under way`;
  const batches = mappings.reduce((sum, { inFlight }) => sum + inFlight, 0);
  if (batches > 0) return `${batches} batches under way`;
  for (const { queueUrl } of mappings) {
    const messages = await messagesOn(sqs, queueUrl);
    if (messages > 0) return `${messages} messages on ${queueUrl.split('/').at(-1)}`;
  }
  return undefined;
}

async function messagesOn(sqs: EmbeddedSqs, QueueUrl: string): Promise<number> {
  const { Attributes } = await sqs.call('host', 'GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] });
  const counts = ['', 'NotVisible', 'Delayed'].map(
    (kind) => objectOf(Attributes)?.[`ApproximateNumberOfMessages${kind}`],
  );
  return counts.reduce<number>((sum, count) => sum + Number(count ?? 0), 0);
}
