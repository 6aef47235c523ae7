import { type ApiClient, pathOf, Refusal } from '../client.ts';
import type { CommandOf } from '../command.ts';
import type { CliIo } from '../io.ts';
import { Progress } from '../progress.ts';
import { cell, nameOf, table } from '../render.ts';
import { type DuplicatesAnswer, duplicatesAnswer } from '../upkeep-answers.ts';
import { type NamedStream, partitionsOf, scopeOf } from './scope.ts';
import type { Report } from './status.ts';

interface Place {
  readonly connection: string;
  readonly stream: string;
  readonly partition: string;
}

/** What was found in one partition, and excluded there. */
interface Found {
  readonly place: Place;
  readonly value: DuplicatesAnswer;
  readonly excluded: readonly string[];
}

/**
 * Shows the duplicates of what is named; with `--clean` excludes all but one of each group, as often as that takes.
 * Streams whose records have no identity but their id are left out, unless one is named.
 */
export async function showDuplicates(
  client: ApiClient,
  { names, clean }: CommandOf<'duplicates'>,
  io: CliIo,
): Promise<Report> {
  const [connection, stream, partition] = names;
  if (connection !== undefined && stream !== undefined && partition !== undefined) {
    const { found, raw } = await lookInto(client, { connection, stream, partition }, clean);
    return { raw, text: clean ? cleanedText(found.excluded) : duplicatesText(found.value, io) };
  }
  const { streams } = await scopeOf(client, names);
  const found = await lookThrough(client, streams, names, clean, io);
  const founds = found.founds.filter(({ value, excluded }) => value.duplicates > 0 || excluded.length > 0);
  const examined = found.founds.reduce((sum, { value }) => sum + value.examined, 0);
  const { withoutIdentity } = found;
  const raw = { partitions: founds.map(rawOf), examined, withoutIdentity };
  const left = withoutIdentity.map((name) => `${name}: left out, its records have no identity but their id`);
  const text = clean ? cleanedText(founds.flatMap(({ excluded }) => excluded)) : listText(founds, examined, io);
  return { raw, text: [text, ...left].join('\n') };
}

async function lookThrough(
  client: ApiClient,
  streams: readonly NamedStream[],
  names: CommandOf<'duplicates'>['names'],
  clean: boolean,
  io: CliIo,
) {
  const progress = new Progress(io);
  const founds: Found[] = [];
  const withoutIdentity: string[] = [];
  try {
    for (const [index, one] of streams.entries()) {
      const partitions = await partitionsOf(client, one, names);
      for (const [place, { partition }] of partitions.entries()) {
        const share = (index + place / partitions.length) / streams.length;
        progress.show({ note: nameOf({ ...one, partition }), share });
        const { connection, stream } = one;
        const found = await orWithoutIdentity(lookInto(client, { connection, stream, partition }, clean), names);
        if (found !== undefined) founds.push(found.found);
        else withoutIdentity.push(nameOf(one));
        if (found === undefined) break;
      }
    }
  } finally {
    progress.end();
  }
  return { founds, withoutIdentity };
}

/** That the records of a stream cannot be duplicates matters only to who has named it. */
async function orWithoutIdentity<T>(work: Promise<T>, { length }: readonly string[]): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (length < 2 && error instanceof Refusal && error.code === 'not-comparable') return undefined;
    throw error;
  }
}

async function lookInto(client: ApiClient, place: Place, clean: boolean) {
  const path = pathOf('/v1/duplicates', [place.connection, place.stream, place.partition]);
  if (!clean) {
    const { value, raw } = await client.get(path, duplicatesAnswer);
    return { found: { place, value, excluded: [] }, raw };
  }
  const excluded: string[] = [];
  for (;;) {
    const { value, raw } = await client.post(path, {}, duplicatesAnswer);
    excluded.push(...value.excluded);
    if (value.left === 0 || value.excluded.length === 0) return { found: { place, value, excluded }, raw };
  }
}

function rawOf({ place, value, excluded }: Found): object {
  const { groups, more, duplicates, examined, truncated } = value;
  return { ...place, groups, more, duplicates, examined, truncated, excluded };
}

function cleanedText(excluded: readonly string[]): string {
  const text = cell(`${excluded.length} excluded: ${excluded.join(', ') || 'none'}`).text;
  return `${text}\n"include" lets one in again.`;
}

const HOW_TO_CLEAN = 'With --clean they are excluded, and those that are kept stay.';

function duplicatesText(found: DuplicatesAnswer, io: CliIo): string {
  const { groups, examined, truncated, duplicates, more } = found;
  const whole = truncated ? `the first ${examined} records` : `${examined} records`;
  if (groups.length === 0) return `No duplicates among ${whole}.`;
  const rows = groups.map(({ keep, others }) => [cell(keep), cell(others.join(', '))]);
  const rest = more ? '\nThere are more groups.' : '';
  const summary = `${duplicates} duplicates among ${whole}. ${HOW_TO_CLEAN}`;
  return `${table(['KEPT', 'DUPLICATES OF IT'], rows, io)}${rest}\n\n${summary}`;
}

function listText(founds: readonly Found[], examined: number, io: CliIo): string {
  if (founds.length === 0) return `No duplicates among ${examined} records.`;
  const rows = founds.map(({ place, value }) => [
    cell(nameOf(place)),
    cell(value.more ? `${value.groups.length}+` : value.groups.length, 'warn'),
    cell(value.duplicates, 'warn'),
    cell(value.truncated ? `the first ${value.examined}` : value.examined),
  ]);
  const duplicates = founds.reduce((sum, { value }) => sum + value.duplicates, 0);
  const how = `"duplicates <connection> <stream> <partition>" shows which. ${HOW_TO_CLEAN}`;
  return `${table(['WHAT', 'GROUPS', 'DUPLICATES', 'EXAMINED'], rows, io)}\n\n${duplicates} duplicates among ${examined} records. ${how}`;
}
