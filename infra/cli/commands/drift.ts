import { runAnswer } from '../answers.ts';
import { type ApiClient, pathOf } from '../client.ts';
import type { CommandOf } from '../command.ts';
import { type CliIo, EXIT } from '../io.ts';
import { type Cell, cell, facts, instant, nameOf, paint, table } from '../render.ts';
import { type AuditAnswer, auditAnswer, type DriftAnswer, driftAnswer, partitionsAnswer } from '../upkeep-answers.ts';
import type { Report } from './status.ts';
import { areAllOpen, skippedLines } from './sync.ts';
import { type Polled, pollRun, waitFor } from './wait.ts';

type Finding = DriftAnswer['drift'][number];

const KINDS = ['missing', 'stale', 'extra', 'corrupt'] as const;

/** What the last audits found. */
export async function showDrift(
  client: ApiClient,
  { names, query }: Pick<CommandOf<'drift'>, 'names' | 'query'>,
  io: CliIo,
): Promise<Report> {
  const parameters = new URLSearchParams(query).toString();
  const path = pathOf('/v1/drift', names);
  const { value, raw } = await client.get(parameters === '' ? path : `${path}?${parameters}`, driftAnswer);
  const [first] = value.drift;
  if (first === undefined) return { raw, text: 'Nothing has been audited yet: "audit" does.' };
  return { raw, text: names.length === 3 ? findingText(first, io) : listText(value, io) };
}

/** Starts an audit and, with `--wait`, stays until it has ended and shows what it found. */
export async function startAudit(
  client: ApiClient,
  { names, repair, deep, waitSeconds }: CommandOf<'audit'>,
  io: CliIo,
): Promise<Report & { readonly exitCode: number }> {
  const { value, raw } = await client.post(pathOf('/v1/drift', names), { repair, deep }, auditAnswer);
  const exitCode = areAllOpen(value.skipped) ? EXIT.ok : EXIT.failed;
  if (waitSeconds === undefined) {
    const look = value.runs.length === 0 ? '' : `\n\n"${['drift', ...names].join(' ')}" shows what it found.`;
    return { raw, text: `${startedText(value, io)}${look}`, exitCode };
  }
  io.err(startedText(value, io));
  const polls = value.runs.map(
    ({ run }) =>
      () =>
        pollAudit(client, run, io),
  );
  const waited = await waitFor(polls, waitSeconds, io);
  const found = await showDrift(client, { names, query: {} }, io);
  return {
    raw: { runs: waited.raw, drift: found.raw },
    text: [waited.text, found.text].filter((text) => text !== '').join('\n\n'),
    exitCode: waited.succeeded ? exitCode : EXIT.failed,
  };
}

/** How an audit stands. Where partitions are asked one by one, that of the stream ends as soon as theirs are asked for. */
async function pollAudit(client: ApiClient, run: string, io: CliIo): Promise<Polled> {
  const polled = await pollRun(client, run, io);
  if (polled.outcome === 'waiting' || !polled.succeeded) return polled;
  const { connection, stream, partition, ledger, requestedAt } = runAnswer.parse(polled.raw);
  if (partition !== null || ledger.pages > 0) return polled;
  const names = [connection, stream];
  const { total } = (await client.get(pathOf('/v1/status', names), partitionsAnswer)).value.partitions;
  const processed = await countAudited(client, names, requestedAt);
  if (processed >= total) return polled;
  const note = `${run}: ${processed} of ${total} partitions compared`;
  return {
    outcome: 'waiting',
    note,
    progress: { processed, total, percent: Math.floor((100 * processed) / total), remainingSeconds: null },
  };
}

/** Partitions of a stream that have been audited since. */
async function countAudited(client: ApiClient, names: readonly string[], since: string): Promise<number> {
  let audited = 0;
  let cursor: string | null = '';
  while (cursor !== null) {
    const query: string = cursor === '' ? '' : `?cursor=${encodeURIComponent(cursor)}`;
    const { value } = await client.get(`${pathOf('/v1/drift', names)}${query}`, driftAnswer);
    audited += value.drift.filter(({ at }) => at >= since).length;
    cursor = value.next;
  }
  return audited;
}

function startedText({ runs, skipped }: AuditAnswer, io: CliIo): string {
  const lines = runs.map((started) => {
    const how = started.joined ? 'is being audited already, by run' : 'will be audited by run';
    return `${paint(cell(nameOf(started), 'strong'), io)}: ${how} ${started.run}`;
  });
  return [...lines, ...skippedLines(skipped, io)].join('\n') || 'There is nothing to audit.';
}

function listText({ drift, totals, next }: DriftAnswer, io: CliIo): string {
  const titles = ['WHAT', 'AUDITED', 'MISSING', 'STALE', 'EXTRA', 'CORRUPT', 'REPAIRED', 'COMPARED'];
  const all = KINDS.map((kind) => `${totals[kind]} ${kind}`).join(', ');
  const isClean = KINDS.every((kind) => totals[kind] === 0);
  const sum = isClean ? cell('No record differs.', 'good') : cell(`In all: ${all}.`, 'warn');
  const more = next === null ? '' : `\n\nThere are more: --cursor ${next}`;
  return `${table(titles, drift.map(findingRow), io)}\n\n${paint(sum, io)}${more}`;
}

function findingRow(finding: Finding): readonly Cell[] {
  const tone = finding.repaired ? 'warn' : 'bad';
  return [
    cell(nameOf(finding)),
    cell(instant(finding.at)),
    ...KINDS.map((kind) => cell(finding.counts[kind], finding.counts[kind] === 0 ? 'plain' : tone)),
    cell(repairedWord(finding)),
    cell(finding.swept),
  ];
}

function findingText(finding: Finding, io: CliIo): string {
  const tone = finding.repaired ? 'warn' : 'bad';
  return facts(
    [
      ['what', cell(nameOf(finding), 'strong')],
      ['audited', cell(`${instant(finding.at)}, by run ${finding.run}`)],
      ...KINDS.map((kind) => [kind, kindCell(finding, kind, tone)] as const),
      ['repaired', cell(repairedWord(finding))],
      ['source', cell(`${finding.swept} records, ${finding.sourceCalls} calls for this partition alone`)],
      ['cache', cell(`${contentsWord(finding)}${finding.cacheCommands} commands`)],
    ],
    io,
  );
}

/** What was looked into where something was the matter inside the cache. */
function contentsWord({ compared }: Finding): string {
  return compared === 0 ? '' : `${compared} contents compared, `;
}

function kindCell({ counts, ids }: Finding, kind: (typeof KINDS)[number], tone: 'warn' | 'bad'): Cell {
  if (counts[kind] === 0) return cell('0');
  const rest = counts[kind] - ids[kind].length;
  const shown = [...ids[kind], ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
  return cell(`${counts[kind]}: ${shown}`, tone);
}

function repairedWord({ counts, repaired }: Finding): string {
  if (KINDS.every((kind) => counts[kind] === 0)) return 'nothing to repair';
  return repaired ? 'yes' : 'no';
}
