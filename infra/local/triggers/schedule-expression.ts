import { Cron } from 'croner';

/** When a schedule runs. */
export interface ScheduleExpression {
  readonly kind: 'rate' | 'cron' | 'at';
  /** The first run after an instant; `undefined` when there is none. */
  next(after: Date): Date | undefined;
}

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
/** The last value of minutes, hours, days of the month, months, days of the week and years, as croner counts them. */
const LAST_VALUES = [59, 23, 31, 12, 6, 9999] as const;
const DAY_OF_WEEK = 4;
/** Days of a spring gap to look beyond; one is enough, a rule that names only gaps would have none. */
const MOST_SKIPPED = 50;

/**
 * Reads `rate(…)`, `cron(…)` and `at(…)` as EventBridge Scheduler does: runs that fall into a spring gap are skipped, runs
 * of the doubled autumn hour happen once.
 * @param timeZone IANA name
 * @throws Error when the expression cannot be read
 */
export function parseScheduleExpression(expression: string, timeZone: string): ScheduleExpression {
  const [, kind = '', argument = ''] = /^(rate|cron|at)\((.+)\)$/.exec(expression.trim()) ?? [];
  switch (kind) {
    case 'rate':
      return rateExpression(argument);
    case 'cron':
      return cronExpression(argument, timeZone);
    case 'at':
      return atExpression(argument, timeZone);
    default:
      throw new Error(`"${expression}" is no schedule expression: use rate(…), cron(…) or at(…)`);
  }
}

function rateExpression(argument: string): ScheduleExpression {
  const [, count = '', unit = ''] = /^(\d+)\s+(minute|hour|day)s?$/.exec(argument.trim()) ?? [];
  const everyMs = Number(count) * (UNIT_MS[unit] ?? 0);
  if (everyMs <= 0) throw new Error(`rate(${argument}) cannot be read`);
  return { kind: 'rate', next: (after) => new Date(after.getTime() + everyMs) };
}

function atExpression(argument: string, timezone: string): ScheduleExpression {
  const once = new Cron(argument.trim(), { timezone, paused: true });
  return { kind: 'at', next: (after) => once.nextRun(after) ?? undefined };
}

function cronExpression(argument: string, timezone: string): ScheduleExpression {
  const cron = new Cron(cronerPattern(argument), { timezone, domAndDow: true, paused: true });
  const next = (after: Date): Date | undefined => {
    let run = cron.nextRun(after);
    // Croner moves a run out of a spring gap; it then no longer matches its own pattern.
    for (let skipped = 0; run !== null && !cron.match(run) && skipped < MOST_SKIPPED; skipped += 1) {
      run = cron.nextRun(run);
    }
    return run ?? undefined;
  };
  return { kind: 'cron', next };
}

/**
 * The six fields of AWS (minutes, hours, days of the month, months, days of the week, years) as croner's seven: seconds in
 * front, days of the week from 0 instead of from 1, and steps that say where they end.
 */
export function cronerPattern(argument: string): string {
  const fields = argument.trim().split(/\s+/);
  if (fields.length !== LAST_VALUES.length) throw new Error(`cron(${argument}) needs six fields`);
  const converted = fields.map((field, index) =>
    field
      .split(',')
      .map((part) => convertPart(part, index))
      .join(','),
  );
  return ['0', ...converted].join(' ');
}

function convertPart(part: string, index: number): string {
  const [range = '', step] = part.split('/');
  const value = index === DAY_OF_WEEK ? convertDays(range) : range;
  if (step === undefined) return value;
  return /^\d+$/.test(value) ? `${value}-${LAST_VALUES[index]}/${step}` : `${value}/${step}`;
}

/** `1` is Sunday for AWS, `0` for croner; what follows `#` counts weeks and stays. `L` alone is the week's last day. */
function convertDays(range: string): string {
  if (range === 'L') return '6';
  const [days = '', week] = range.split('#');
  const shifted = days.replace(/[1-7]/g, (digit) => String(Number(digit) - 1));
  return week === undefined ? shifted : `${shifted}#${week}`;
}
