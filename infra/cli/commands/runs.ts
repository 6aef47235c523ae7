import { type RunAnswer, runAnswer, runListAnswer } from '../answers.ts';
import { type ApiClient, pathOf } from '../client.ts';
import type { CliIo } from '../io.ts';
import { type Cell, cell, facts, instant, nameOf, progressOf, table } from '../render.ts';
import type { Report } from './status.ts';

export async function showRuns(client: ApiClient, query: Readonly<Record<string, string>>, io: CliIo): Promise<Report> {
  const { value, raw } = await client.get(`/v1/runs?${new URLSearchParams(query).toString()}`, runListAnswer);
  if (value.runs.length === 0) return { raw, text: 'No runs.' };
  const titles = ['RUN', 'WHAT', 'TASK', 'TRIGGER', 'STATE', 'REQUESTED', 'RECORDS'];
  const more = value.next === null ? '' : `\n\nThere are more: --cursor ${value.next}`;
  return { raw, text: table(titles, value.runs.map(runRow), io) + more };
}

export async function showRun(client: ApiClient, id: string, io: CliIo): Promise<Report> {
  const { value, raw } = await client.get(pathOf('/v1/runs', [id]), runAnswer);
  return { raw, text: runText(value, io) };
}

export function runText(run: RunAnswer, io: Pick<CliIo, 'color'>): string {
  const { ledger, progress } = run;
  return facts(
    [
      ['run', cell(run.run, 'strong')],
      ['what', cell(`${run.task} of ${nameOf(run)} (${run.trigger})`)],
      ['state', stateCell(run)],
      ['requested', cell(instant(run.requestedAt))],
      ['took', cell(run.durationMs === null ? '–' : `${run.durationMs} ms`)],
      ['read', cell(`${ledger.seen} records in ${ledger.pages} pages, ${ledger.calls} source calls`)],
      ...(progress === null ? [] : [['of all', cell(progressOf(ledger.seen, progress))] as const]),
      ['written', cell(`${ledger.added} added, ${ledger.updated} updated, ${ledger.removed} removed`)],
      ['left alone', cell(`${ledger.unchanged} unchanged, ${ledger.superseded} superseded`)],
      ['held back', cell(`${ledger.quarantined} quarantined, ${run.heldDeletions} deletions held`)],
      ['error', cell(run.error ?? 'none', run.error === null ? 'plain' : 'bad')],
    ],
    io,
  );
}

function runRow(run: RunAnswer): readonly Cell[] {
  const { seen, added, updated, removed } = run.ledger;
  return [
    cell(run.run),
    cell(nameOf(run)),
    cell(run.task),
    cell(run.trigger),
    stateCell(run),
    cell(instant(run.requestedAt)),
    cell(`${seen} read, +${added} ~${updated} -${removed}`),
  ];
}

function stateCell({ state, outcome }: RunAnswer): Cell {
  if (outcome === null) return cell(state, 'warn');
  return cell(outcome, outcome === 'succeeded' ? 'good' : outcome === 'failed' ? 'bad' : 'warn');
}
