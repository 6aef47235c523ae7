import { type ApiClient, pathOf } from '../client.ts';
import type { CommandOf, Query } from '../command.ts';
import type { CliIo } from '../io.ts';
import { type Cell, cell, facts, instant, nameOf, type Tone, table } from '../render.ts';
import { decidedPlanAnswer, type PlanAnswer, planAnswer, planListAnswer } from '../upkeep-answers.ts';
import type { Report } from './status.ts';

const HOW_TO_DECIDE = '"plan <plan>" shows one whole. "plan apply <plan>" or "plan discard <plan>" decides.';

export async function showPlans(client: ApiClient, query: Query, io: CliIo): Promise<Report> {
  const parameters = new URLSearchParams(query).toString();
  const { value, raw } = await client.get(parameters === '' ? '/v1/plans' : `/v1/plans?${parameters}`, planListAnswer);
  if (value.plans.length === 0) return { raw, text: 'No deletion plans.' };
  const titles = ['PLAN', 'WHAT', 'STATE', 'REMOVES', 'WHY', 'HELD BY', 'MADE', 'EXPIRES'];
  const list = table(titles, value.plans.map(planRow), io);
  const isHeld = value.plans.some(({ state }) => state === 'held');
  return { raw, text: isHeld ? `${list}\n\n${HOW_TO_DECIDE}` : list };
}

/** One plan, or what became of it by the decision. */
export function showPlan(client: ApiClient, { plan, decision }: CommandOf<'plan'>, io: CliIo): Promise<Report> {
  return decision === undefined ? readPlan(client, plan, io) : decide(client, plan, decision, io);
}

async function readPlan(client: ApiClient, plan: string, io: CliIo): Promise<Report> {
  const { value, raw } = await client.get(pathOf('/v1/plans', [plan]), planAnswer);
  const text = planText(value, io);
  return { raw, text: value.state === 'held' ? `${text}\n\n${HOW_TO_DECIDE}` : text };
}

async function decide(client: ApiClient, id: string, decision: 'apply' | 'discard', io: CliIo): Promise<Report> {
  const { value, raw } = await client.post(pathOf('/v1/plans', [id, decision]), {}, decidedPlanAnswer);
  const { plan } = value;
  const run = value.run ?? plan.run;
  const words =
    decision === 'discard'
      ? 'Discarded: the records stay in the cache.'
      : `Approved: the absence is established anew, then up to ${plan.removals} records leave the cache.${run === null ? '' : ` "run ${run}" shows how it goes.`}`;
  return { raw, text: `${words}\n\n${planText(plan, io)}` };
}

function planText(plan: PlanAnswer, io: CliIo): string {
  return facts(
    [
      ['plan', cell(plan.plan, 'strong')],
      ['what', cell(nameOf(plan))],
      ['state', stateCell(plan)],
      ['removes', cell(`${plan.removals} of ${plan.cached} records`)],
      ['why', cell(plan.reason)],
      ['held by', cell(plan.rule)],
      ['made', cell(instant(plan.createdAt))],
      ['expires', cell(instant(plan.expiresAt))],
      ['decided', cell(instant(plan.decidedAt))],
      ['run', cell(plan.run ?? '–')],
      ['some ids', cell(plan.sample.join(', ') || '–')],
    ],
    io,
  );
}

function planRow(plan: PlanAnswer): readonly Cell[] {
  return [
    cell(plan.plan),
    cell(nameOf(plan)),
    stateCell(plan),
    cell(`${plan.removals} of ${plan.cached}`),
    cell(plan.reason),
    cell(plan.rule),
    cell(instant(plan.createdAt)),
    cell(instant(plan.expiresAt)),
  ];
}

const TONES: Readonly<Record<string, Tone>> = { held: 'warn', approved: 'warn', applied: 'good' };

function stateCell({ state }: PlanAnswer): Cell {
  return cell(state, TONES[state] ?? 'dim');
}
