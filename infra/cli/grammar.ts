import { PLAN_STATES } from '../../lib/domain/deletion-plan.ts';
import { CONNECTION_ID, RUN_ID } from '../../lib/domain/names.ts';
import type { Command, FileImport, Names } from './command.ts';
import { usage } from './io.ts';
import { namesOf, only, recordOf } from './names.ts';
import { type OptionName, type OptionValues, queryOf, secondsOf, waitOf, wholeNumber } from './options.ts';

interface Rule {
  /** Its own options, besides those of every command. */
  readonly options: readonly OptionName[];
  /** @throws CliError when the rest of the line is not what the command takes */
  read(rest: readonly string[], values: OptionValues): Command;
}

const A_RUN = 'one run id, as "sync" and "runs" show it';
const A_PLAN = 'one plan id, as "plans" shows it: plan <plan>, plan apply <plan> or plan discard <plan>';

/** What each command takes. */
export const GRAMMAR: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['help', { options: [], read: ([topic]) => ({ command: 'help', ...(topic === undefined ? {} : { topic }) }) }],
  [
    'status',
    {
      options: ['cursor'],
      read: (rest, { cursor }) => ({
        command: 'status',
        names: namesOf(rest, 3),
        ...(cursor === undefined ? {} : { cursor }),
      }),
    },
  ],
  ['sync', { options: ['all', 'full', 'incremental', 'import', 'wait', 'timeout'], read: readSync }],
  ['full', { options: ['all', 'wait', 'timeout'], read: (rest, values) => readSync(rest, { ...values, full: true }) }],
  ['verify', { options: ['all', 'sample', 'timeout'], read: readVerify }],
  ['import', { options: ['dry-run', 'errors', 'timeout'], read: readImport }],
  ['pause', { options: [], read: (rest) => ({ command: 'pause', names: namesOf(rest, 2) }) }],
  ['resume', { options: [], read: (rest) => ({ command: 'resume', names: namesOf(rest, 2) }) }],
  ['runs', { options: ['connection', 'stream', 'partition', 'limit', 'cursor'], read: readRuns }],
  ['run', { options: [], read: (rest) => ({ command: 'run', run: only(rest, RUN_ID, A_RUN) }) }],
  ['cancel', { options: [], read: (rest) => ({ command: 'cancel', run: only(rest, RUN_ID, A_RUN) }) }],
  ['connection', { options: [], read: readConnection }],
  ['plans', { options: ['state'], read: readPlans }],
  ['plan', { options: [], read: readPlan }],
  [
    'drift',
    {
      options: ['cursor'],
      read: (rest, values) => ({ command: 'drift', names: namesOf(rest, 3), query: queryOf(values, ['cursor']) }),
    },
  ],
  ['audit', { options: ['repair', 'deep', 'wait', 'timeout'], read: readAudit }],
  ['quarantine', { options: [], read: (rest) => ({ command: 'quarantine', names: namesOf(rest, 2) }) }],
  ['retry', { options: [], read: (rest) => ({ command: 'retry', ...recordOf(rest) }) }],
  ['dead-letters', { options: [], read: readDeadLetters }],
  ['redrive', { options: ['limit'], read: readRedrive }],
  [
    'explain',
    {
      options: ['source', 'partition'],
      read: (rest, { source = false, partition }) => ({
        command: 'explain',
        ...recordOf(rest),
        source,
        ...(partition === undefined ? {} : { partition }),
      }),
    },
  ],
  [
    'forget',
    { options: ['yes'], read: (rest, { yes }) => ({ command: 'forget', ...recordOf(rest), yes: yes ?? false }) },
  ],
  ['exclude', { options: ['partition'], read: (rest, values) => readExclusion('exclude', rest, values) }],
  ['include', { options: [], read: (rest, values) => readExclusion('include', rest, values) }],
  ['excluded', { options: ['partition', 'cursor'], read: readExcluded }],
  ['duplicates', { options: ['all', 'clean'], read: readDuplicates }],
]);

function readExclusion(command: 'exclude' | 'include', rest: readonly string[], { partition }: OptionValues): Command {
  const [connection = '', stream = '', ...ids] = rest;
  if (ids.length === 0) throw usage('expected a connection, a stream and the ids of records');
  const records = ids.map((id) => recordOf([connection, stream, id]).record);
  return { command, connection, stream, records, ...(partition === undefined ? {} : { partition }) };
}

function readExcluded(rest: readonly string[], values: OptionValues): Command {
  const [connection, stream] = namesOf(rest, 2);
  if (connection === undefined || stream === undefined) throw usage('expected a connection and a stream');
  return { command: 'excluded', connection, stream, query: queryOf(values, ['partition', 'cursor']) };
}

function readDuplicates(rest: readonly string[], { all, clean = false }: OptionValues): Command {
  const names = scopeOf(rest, all);
  // What is to be cleaned everywhere is not just left out.
  if (clean && names.length === 0 && !all) throw usage('name what is to be cleaned, or say --all');
  return { command: 'duplicates', names, clean };
}

/** What is named, or everything. */
function scopeOf(rest: readonly string[], all: boolean | undefined): Names {
  if (all && rest.length > 0) throw usage('--all goes without names');
  return namesOf(rest, 3);
}

const DEFAULT_SAMPLE = 10;
const MOST_SAMPLED = 500;
const VERIFY_SECONDS = 1_800;

function readVerify(rest: readonly string[], values: OptionValues): Command {
  const { all, sample = String(DEFAULT_SAMPLE) } = values;
  return {
    command: 'verify',
    names: scopeOf(rest, all),
    sample: wholeNumber('sample', sample, 0, MOST_SAMPLED),
    waitSeconds: secondsOf(values, VERIFY_SECONDS),
  };
}

function readSync(rest: readonly string[], values: OptionValues): Command {
  if (values.full && values.incremental) throw usage('--full and --incremental exclude each other');
  const waiting = waitOf(values);
  return {
    command: 'sync',
    names: scopeOf(rest, values.all),
    ...(values.full ? { mode: 'full' } : values.incremental ? { mode: 'incremental' } : {}),
    ...waiting,
    imports: (values.import ?? []).map((text) => fileImport(text, waiting.waitSeconds ?? IMPORT_SECONDS)),
  };
}

function fileImport(text: string, waitSeconds: number): FileImport {
  const [, connection, stream, file] = /^([^/=]+)\/([^/=]+)=(.+)$/s.exec(text) ?? [];
  if (connection === undefined || stream === undefined || file === undefined)
    throw usage('--import takes <connection>/<stream>=<file>');
  return { names: namesOf([connection, stream], 2), file, waitSeconds };
}

/** A file of a hundred megabytes takes minutes. */
const IMPORT_SECONDS = 3_600;

function readImport(rest: readonly string[], values: OptionValues): Command {
  const [connection, stream, file] = rest;
  if (rest.length !== 3 || connection === undefined || stream === undefined || file === undefined)
    throw usage('expected a connection, a stream and a file');
  return {
    command: 'import',
    names: namesOf([connection, stream], 2),
    file,
    dryRun: values['dry-run'] ?? false,
    waitSeconds: secondsOf(values, IMPORT_SECONDS),
    ...(values.errors === undefined ? {} : { errorsFile: values.errors }),
  };
}

function readRuns(rest: readonly string[], values: OptionValues): Command {
  namesOf(rest, 0);
  return { command: 'runs', query: queryOf(values, ['connection', 'stream', 'partition', 'limit', 'cursor']) };
}

function readConnection([action, ...rest]: readonly string[]): Command {
  if (action !== 'check') throw usage('what should be done with the connection? Known: connection check <id>');
  return { command: 'check', connection: only(rest, CONNECTION_ID, 'one connection id') };
}

function readPlans(rest: readonly string[], values: OptionValues): Command {
  const [connection] = namesOf(rest, 1);
  const { state } = values;
  if (state !== undefined && !PLAN_STATES.some((known) => known === state))
    throw usage(`--state is one of ${PLAN_STATES.join(', ')}`);
  const query = { ...(connection === undefined ? {} : { connection }), ...queryOf(values, ['state']) };
  return { command: 'plans', query };
}

function readPlan(rest: readonly string[]): Command {
  const [first, ...others] = rest;
  return first === 'apply' || first === 'discard'
    ? { command: 'plan', plan: only(others, RUN_ID, A_PLAN), decision: first }
    : { command: 'plan', plan: only(rest, RUN_ID, A_PLAN) };
}

function readAudit(rest: readonly string[], values: OptionValues): Command {
  const { repair = false, deep = false } = values;
  return { command: 'audit', names: namesOf(rest, 3), repair, deep, ...waitOf(values) };
}

function readDeadLetters(rest: readonly string[]): Command {
  namesOf(rest, 0);
  return { command: 'dead-letters' };
}

function readRedrive(ids: readonly string[], { limit }: OptionValues): Command {
  if (limit === undefined) return { command: 'redrive', ids };
  if (ids.length > 0) throw usage('--limit goes without ids');
  const most = Number(limit);
  if (!Number.isInteger(most) || most < 1) throw usage('--limit takes a whole number');
  return { command: 'redrive', ids, limit: most };
}
