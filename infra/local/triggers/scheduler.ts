import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { FunctionPool } from '../lambda/function-pool.ts';
import type { InvocationResult } from '../lambda/invocation.ts';
import type { Deployment } from '../template/deployment.ts';
import { parseScheduleExpression, type ScheduleExpression } from './schedule-expression.ts';

interface Schedule {
  readonly name: string;
  /** Words of its name and its logical id, in lower case. */
  readonly words: ReadonlySet<string>;
  readonly arn: string;
  readonly enabled: boolean;
  readonly expression: ScheduleExpression;
  readonly pool: FunctionPool;
  /** JSON text with `<aws.scheduler.…>` in it. */
  readonly input: string;
  readonly retries: number;
  readonly maximumAgeMs: number;
}

export interface SchedulerOptions {
  readonly deployment: Deployment;
  readonly poolOf: (functionName: string) => FunctionPool;
  /** How many times faster than the clock schedules run. @default 1 */
  readonly speed?: number;
  readonly onProblem: (problem: string) => void;
}

const propertiesSchema = z.object({
  Name: z.optional(z.string()),
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z._default(z.string(), 'UTC'),
  State: z._default(z.enum(['ENABLED', 'DISABLED']), 'ENABLED'),
  Target: z.object({
    Arn: z.string(),
    Input: z._default(z.string(), '{}'),
    RetryPolicy: z._default(
      z.object({
        MaximumRetryAttempts: z.optional(z.coerce.number()),
        MaximumEventAgeInSeconds: z._default(z.coerce.number(), 86_400),
      }),
      { MaximumEventAgeInSeconds: 86_400 },
    ),
  }),
});

/** The Scheduler invokes functions asynchronously, and of such invocations Lambda repeats a failed one twice. */
const MOST_RETRIES = 2;
const RETRY_PAUSE_MS = 60_000;
/** A timer cannot be set for longer: it looks again then. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** EventBridge Scheduler for schedules whose target is a function. Flexible windows are ignored: runs are on time. */
export class Scheduler {
  readonly #schedules: readonly Schedule[];
  readonly #speed: number;
  readonly #onProblem: (problem: string) => void;
  readonly #stop = new AbortController();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #due = new Map<string, Date>();
  #running = 0;

  constructor({ deployment, poolOf, speed = 1, onProblem }: SchedulerOptions) {
    this.#speed = speed;
    this.#onProblem = onProblem;
    this.#schedules = deployment.declared('AWS::Scheduler::Schedule', propertiesSchema).map(
      ({ resource, properties }): Schedule => ({
        name: properties.Name ?? resource.logicalId,
        words: wordsOf(`${properties.Name ?? ''} ${resource.logicalId}`),
        arn: deployment.physical(resource).attributes.Arn ?? '',
        enabled: properties.State === 'ENABLED',
        expression: parseScheduleExpression(properties.ScheduleExpression, properties.ScheduleExpressionTimezone),
        pool: poolOf(properties.Target.Arn),
        input: properties.Target.Input,
        retries: Math.min(MOST_RETRIES, properties.Target.RetryPolicy.MaximumRetryAttempts ?? MOST_RETRIES),
        maximumAgeMs: properties.Target.RetryPolicy.MaximumEventAgeInSeconds * 1_000,
      }),
    );
  }

  get names(): readonly string[] {
    return this.#schedules.map(({ name }) => name);
  }

  /** Runs under way, waiting for a repetition included. */
  get inFlight(): number {
    return this.#running;
  }

  /**
   * Runs every enabled schedule by its expression; rates also run at once, as when they are created.
   * @param firedByHand those, named as for `fire`, that do not run by themselves
   * @throws Error when one of them is not one schedule
   */
  start(firedByHand: readonly string[] = []): void {
    const left = new Set(firedByHand.map((name) => this.#named(name)));
    for (const schedule of this.#schedules.filter((one) => one.enabled && !left.has(one))) {
      if (schedule.expression.kind === 'rate') void this.#runWithRetries(schedule);
      this.#plan(schedule, new Date());
    }
  }

  /**
   * Runs a schedule now, once, whatever its state.
   * @param name its whole name, or a word of its name or logical id: `plan` for `tidemark-dev-plan` or `PlanSchedule`
   * @throws Error when no schedule, or more than one, has that name
   */
  async fire(name: string): Promise<InvocationResult> {
    return this.#run(this.#named(name), new Date(), 1);
  }

  /**
   * When a schedule, named as for `fire`, runs next by this machine's clock; `undefined` when it does not run by itself.
   * @throws Error when no schedule, or more than one, has that name
   */
  dueAt(name: string): Date | undefined {
    return this.#due.get(this.#named(name).name);
  }

  #named(name: string): Schedule {
    const exact = this.#schedules.filter((schedule) => schedule.name === name);
    const similar = this.#schedules.filter(({ words }) => words.has(name.toLowerCase()));
    const [schedule, ...others] = exact.length > 0 ? exact : similar;
    if (schedule === undefined || others.length > 0) {
      throw new Error(`"${name}" is not one schedule of ${this.names.join(', ')}`);
    }
    return schedule;
  }

  close(): void {
    this.#stop.abort();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#due.clear();
  }

  /** @param from time of the schedule's own clock, which runs at `speed` from here on */
  #plan(schedule: Schedule, from: Date): void {
    const next = schedule.expression.next(from);
    this.#due.delete(schedule.name);
    if (next === undefined) return;
    const waitMs = (next.getTime() - from.getTime()) / this.#speed;
    this.#due.set(schedule.name, new Date(Date.now() + waitMs));
    const pastMs = Math.min(waitMs, LONGEST_TIMER_MS);
    const timer = setTimeout(() => {
      if (pastMs < waitMs) return this.#plan(schedule, new Date(from.getTime() + pastMs * this.#speed));
      void this.#runWithRetries(schedule);
      return this.#plan(schedule, next);
    }, pastMs);
    this.#timers.set(schedule.name, timer);
  }

  async #runWithRetries(schedule: Schedule): Promise<void> {
    const at = new Date();
    this.#running += 1;
    try {
      for (let attempt = 1; ; attempt += 1) {
        const result = await this.#run(schedule, at, attempt);
        // Whoever closes the host kills what runs.
        if (result.outcome === 'succeeded' || this.#stop.signal.aborted) return;
        const reason = result.outcome === 'failed' ? result.error.errorMessage : 'throttled';
        this.#onProblem(`schedule ${schedule.name} failed: ${reason}`);
        const pauseMs = (RETRY_PAUSE_MS * attempt) / this.#speed;
        if (attempt > schedule.retries || Date.now() + pauseMs - at.getTime() > schedule.maximumAgeMs) return;
        await sleep(pauseMs, undefined, { signal: this.#stop.signal });
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#onProblem(`schedule ${schedule.name} failed: ${String(error)}`);
    } finally {
      this.#running -= 1;
    }
  }

  #run(schedule: Schedule, at: Date, attempt: number): Promise<InvocationResult> {
    const attributes: Readonly<Record<string, string>> = {
      'schedule-arn': schedule.arn,
      'scheduled-time': at.toISOString().replace(/\.\d+Z$/, 'Z'),
      'execution-id': randomUUID(),
      'attempt-number': String(attempt),
    };
    const text = schedule.input.replace(
      /<aws\.scheduler\.([a-z-]+)>/g,
      (placeholder, key: string) => attributes[key] ?? placeholder,
    );
    const event: unknown = JSON.parse(text);
    return schedule.pool.invoke(event);
  }
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.split(/[^A-Za-z]|(?=[A-Z])/).map((word) => word.toLowerCase()));
}
