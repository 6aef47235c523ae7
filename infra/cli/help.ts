import { usage } from './io.ts';

const EXAMPLES = [
  'status',
  'status main registrations',
  'sync --all --wait',
  'sync --all --import desk/walk-ins=walk-ins.csv --import desk/loss-of-sale=losses.csv',
  'sync main registrations 4433256000013547003 --wait',
  'full main registrations --wait --timeout 14400',
  'verify --all',
  'verify main registrations --sample 50 --json',
  'duplicates rental bookings',
  'duplicates rental bookings 7 --clean',
  'runs --connection main --limit 5 --json',
  'pause main registrations',
  'resume --url https://abc123.execute-api.eu-central-1.amazonaws.com',
  'connection check main',
  'audit main registrations --wait',
  'drift main registrations',
  'plans main --state held',
  'import desk walk-ins november.csv --dry-run --errors wrong.csv',
  'explain main registrations 4433256000014000123 --source',
];

const HELP = `Operates Tidemark through its HTTP API.

  npm run sync -- <command> [options]

Look
  status                                      every connection: freshness, budget, next run
  status <connection> [<stream>]              one connection, or one stream and its partitions
  status <connection> <stream> <partition>    one partition, compared with what the cache really holds
  runs [--connection main [--stream registrations [--partition 42]]] [--limit 20]
  run <id>                                    what one run did
  connection check <connection>               probe the live account: credentials, rights, clock, limits
  explain <connection> <stream> <record>      why a record is, or is not, in the cache; --source asks the source too,
                                              --partition says where to look

Act (what follows needs a token with the scope operate, unless it only shows something)
  sync [--all | <connection> [<stream>]]      read what changed, now: of everything, or of what is named; streams that
                                              come by import are left out, and named
  sync <connection> <stream> <partition>      read this partition whole, now, stale or not
  sync … --incremental                        for a partition: only what changed since its watermark
  sync … --import <connection>/<stream>=<file.csv>   import this file along with it; may be repeated
  sync … --wait [--timeout 600]               stay until what was asked is in the cache, and tell how; also for full
  full [--all | <connection> [<stream> [<partition>]]]   read everything again, with its contents (also: sync --full);
                                              readers see no gap
  pause [<connection> [<stream>]]             stop the automatic sync; a forced sync still works
  resume [<connection> [<stream>]]
  cancel <run>                                end a run before its next page; what it wrote stays

Bring records in a file, for streams that have no source to ask
  import <connection> <stream> <file.csv>     add what is new, update what is known; the same file again writes nothing
  import … --dry-run                          write nothing, and tell what would be written
  import … --errors <out.csv>                 write down which rows were rejected, and what is expected there

Does the cache equal the source?
  verify [--all | <connection> [<stream> [<partition>]]]   is the sync at work, does the cache hold as many records as
                                              were committed, and are some of each stream, chosen by chance, what the
                                              source shows, to the byte? Changes nothing; a source call per record
  verify … --sample 50                        so many records of each stream (10 by default; 0: only count)
  verify … --timeout 1800                     how long a source that is asked too often is asked again
  drift [<connection> [<stream> [<partition>]]]   what the last audits found; one partition: with record ids
  audit [<connection> [<stream> [<partition>]]]   compare now: ids and versions, and a sample of the cached contents
  audit … --deep                              the cached contents of every record, not of a sample
  audit … --repair                            write what is missing, stale or corrupt; what is extra leaves the cache,
                                              or becomes a plan if it is much
  audit … --wait [--timeout 600]              stay until it has ended, and show what it found

Deletions that wait for a person: much was gone at once, which may be the source's fault
  plans [<connection>] [--state held]         held, approved, applied, discarded or expired
  plan <plan>                                 one of them: how much, why, which records
  plan apply <plan>                           look again, and remove what is still gone
  plan discard <plan>                         keep the records

What went wrong
  quarantine [<connection> [<stream>]]        records that could not be written; all others went on
  retry <connection> <stream> <record>        try one of them again, now
  dead-letters                                work that failed every time it was tried
  redrive [<id> …] [--limit 100]              try it again: all, some, or so many

Erase a person's record
  forget <connection> <stream> <record>       everywhere; it returns only if the source shows a newer version
  forget … --yes                              without asking, for scripts

Keep records out: those that were dealt with elsewhere, and duplicates
  exclude <connection> <stream> <record> …    out of the cache, in whatever version, until included; of records that
                                              were never seen with --partition
  include <connection> <stream> <record> …    read again from the source
  excluded <connection> <stream>              which are excluded; --partition for one partition
  duplicates [--all | <connection> [<stream> [<partition>]]]   records that stand for the same; of one partition:
                                              which is kept, and which are not
  duplicates … --clean                        exclude those that are not kept; everywhere only with --all

Where and who
  --url, --token       or TIDEMARK_URL and TIDEMARK_TOKEN, or what "npm start" wrote to .local/endpoints.json
                       (prefer the variable for the token: other users of a machine can see arguments)
  --json               the answer as it is, for scripts; of a failure {"error", "code", "exitCode"}
  --cursor <text>      the next page of a listing, as the page before says
  <command> --help     one command, with examples

While something takes long, a terminal shows a bar with the percentage and the time that is left; elsewhere lines tell.
Both go to stderr: stdout has the result alone.

Exit codes
  0  done             1  the work failed, was refused, or "verify" found something; or its time was over
  2  wrong usage      3  the API cannot be reached, or does not accept the token

Examples
${EXAMPLES.map((example) => `  npm run sync -- ${example}`).join('\n')}`;

/** What is said about one command: its lines of all the help, what holds for every command, and examples of it. */
export function helpText(topic?: string): string {
  if (topic === undefined || topic === 'help') return HELP;
  const own = linesOf(topic);
  if (own.length === 0) throw usage(`there is no command "${topic}"`);
  const examples = EXAMPLES.filter((example) => example.split(' ')[0] === topic);
  const shown =
    examples.length === 0 ? [] : ['', 'Examples', ...examples.map((example) => `  npm run sync -- ${example}`)];
  return [`npm run sync -- ${topic}`, '', ...own, ...shown, '', COMMON].join('\n');
}

const COMMON = `Every command has --json, --url and --token. All of them: npm run sync -- <command> [options], with --help.`;

/** The lines that begin with the command, each with those that go on with it. */
function linesOf(topic: string): readonly string[] {
  let isOwn = false;
  return HELP.slice(0, HELP.indexOf('\nWhere and who'))
    .split('\n')
    .filter((line) => {
      if (!/^ {10}/.test(line)) isOwn = line.trimStart().split(' ')[0] === topic && line.startsWith('  ');
      return isOwn;
    });
}
