import type { CliIo } from '../io.ts';
import { type Cell, cell, nameOf, paint, table } from '../render.ts';
import type { NamedStream, Scope } from './scope.ts';
import { streamState } from './status.ts';
import type { Counts } from './verify-counts.ts';
import type { Judged, Judgement } from './verify-sample.ts';

/** What was found out about one stream. */
export interface VerifiedStream extends NamedStream {
  readonly counts: Counts;
  readonly sample: readonly Judged[];
}

export interface Verified {
  readonly streams: readonly VerifiedStream[];
  /** Streams that are taken out. */
  readonly disabled: readonly string[];
  readonly broken: Scope['broken'];
}

/** What `--json` shows. */
export function verifyRaw({ streams, disabled, broken }: Verified) {
  const problems = problemsOf({ streams, disabled, broken });
  return {
    ok: problems.length === 0,
    streams: streams.map((one) => ({
      connection: one.connection,
      stream: one.stream,
      sync: { state: streamState(one.status).text, stale: isLate(one), failures: one.status.failures },
      counts: one.counts,
      sample: { compared: one.sample.length, ...tally(one.sample), records: one.sample.filter(isTold) },
    })),
    disabled,
    broken,
    problems,
  };
}

export function verifyText(verified: Verified, io: Pick<CliIo, 'color'>): string {
  const titles = ['STREAM', 'SYNC', 'PARTITIONS', 'COMMITTED', 'IN CACHE', 'COMPARED', 'EQUAL'];
  const list = table(titles, verified.streams.map(streamRow), io);
  const notes = [
    ...verified.streams.flatMap(notesOf),
    ...verified.disabled.map((name) => `${name}: left out, it is disabled`),
  ].map((note) => cell(note, 'warn'));
  const problems = problemsOf(verified).map((problem) => cell(problem, 'bad'));
  const lines = [...notes, ...problems, conclusion(verified, problems.length)].map((line) => paint(line, io));
  return `${list}\n\n${lines.join('\n')}`;
}

function conclusion({ streams }: Verified, problems: number): Cell {
  if (problems > 0) return cell(`Not verified: ${problems} ${problems === 1 ? 'thing' : 'things'} to look at.`, 'bad');
  const committed = streams.reduce((sum, { counts }) => sum + counts.committed, 0);
  const compared = streams.reduce((sum, { sample }) => sum + sample.length, 0);
  return cell(`Verified: ${committed} records counted, ${compared} of them compared one by one.`, 'good');
}

/** Everything that keeps it from being verified, in words. */
function problemsOf({ streams, broken }: Verified): readonly string[] {
  return [
    ...broken.map(({ connection, problems }) => `${connection}: cannot be opened: ${problems.join('; ')}`),
    ...streams.flatMap((one) => [
      ...syncProblems(one),
      ...one.counts.differing.map(
        ({ partition, committed, cached, missing, extra }) =>
          `${nameOf({ ...one, partition })}: ${committed} committed, ${cached} in the cache: ${missing} missing, ${extra} extra`,
      ),
      ...one.counts.uncounted.map(({ partition, why }) => `${nameOf({ ...one, partition })}: not counted: ${why}`),
      ...one.sample.flatMap((judged) => sampleProblems(one, judged)),
    ]),
  ];
}

function syncProblems(one: VerifiedStream): readonly string[] {
  const { failures, lastError, running } = one.status;
  const { unread, partitions } = one.counts;
  if (failures > 0) return [`${nameOf(one)}: its sync fails: ${lastError ?? 'unknown'}`];
  if (isLate(one)) return [`${nameOf(one)}: its sync is behind`];
  return running && unread > 0
    ? [`${nameOf(one)}: ${unread} of ${partitions} partitions were never read as a whole`]
    : [];
}

/** A stream that nobody syncs is as fresh as people want it. */
function isLate({ status }: VerifiedStream): boolean {
  return status.running && status.stale;
}

function sampleProblems(one: VerifiedStream, { partition, record, judgement, why }: Judged): readonly string[] {
  if (judgement !== 'different' && judgement !== 'not-compared') return [];
  const what = judgement === 'different' ? 'differs' : 'could not be compared';
  return [`${nameOf({ ...one, partition })}: record ${record} ${what}: ${why}`];
}

/** What is as it should be, and still worth knowing. */
function notesOf(one: VerifiedStream): readonly string[] {
  const { counts, sample } = one;
  const { known, kept, 'under-way': underWay, intact } = tally(sample);
  const told = [
    [counts.underWay, 'partitions are being worked on, and were not judged'],
    [underWay, 'records of the sample have changes on their way'],
    [kept, 'records of the sample keep the body they have, as the policy says'],
    [known, 'records of the sample are left as they are for a known reason; "explain" tells which'],
    [intact, 'records of the sample are what was written; there is no source to compare them with'],
  ] as const;
  return told.flatMap(([number, words]) => (number === 0 ? [] : [`${nameOf(one)}: ${number} ${words}`]));
}

function isTold({ judgement }: Judged): boolean {
  return judgement !== 'equal' && judgement !== 'intact';
}

function tally(sample: readonly Judged[]): Readonly<Record<Judgement, number>> {
  const of = (wanted: Judgement): number => sample.filter(({ judgement }) => judgement === wanted).length;
  return {
    equal: of('equal'),
    intact: of('intact'),
    kept: of('kept'),
    known: of('known'),
    'under-way': of('under-way'),
    different: of('different'),
    'not-compared': of('not-compared'),
  };
}

function streamRow(one: VerifiedStream): readonly Cell[] {
  const { counts, sample } = one;
  const { equal, intact, different, 'not-compared': uncompared } = tally(sample);
  return [
    cell(nameOf(one)),
    streamState(one.status),
    cell(counts.partitions),
    cell(counts.committed),
    cell(counts.cached, counts.differing.length > 0 ? 'bad' : 'plain'),
    cell(sample.length),
    cell(equal + intact, different + uncompared > 0 ? 'bad' : 'plain'),
  ];
}
