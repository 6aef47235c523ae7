export const HELP = `Operates Tidemark through its HTTP API.

  npm run sync -- <command> [options]

Look
  status                                      every connection: freshness, budget, next run
  status <connection> [<stream>]              one connection, or one stream and its partitions
  status <connection> <stream> <partition>    one partition, compared with what the cache really holds
  runs [--connection main [--stream registrations [--partition 42]]] [--limit 20]
  run <id>                                    what one run did
  connection check <connection>               probe the live account: credentials, rights, clock, limits
  explain <connection> <stream> <record>      why a record is, or is not, in the cache; --source asks the source too

Act (what follows needs a token with the scope operate, unless it only shows something)
  sync [<connection> [<stream>]]              read what changed, now
  sync <connection> <stream> --full           read the whole stream again; readers see no gap
  sync <connection> <stream> <partition>      read this partition whole, now, stale or not
  sync … --incremental                        for a partition: only what changed since its watermark
  sync … --wait [--timeout 600]               stay until it has ended, and tell how
  pause [<connection> [<stream>]]             stop the automatic sync; a forced sync still works
  resume [<connection> [<stream>]]
  cancel <run>                                end a run before its next page; what it wrote stays

Bring records in a file, for streams that have no source to ask
  import <connection> <stream> <file.csv>     add what is new, update what is known; the same file again writes nothing
  import … --dry-run                          write nothing, and tell what would be written
  import … --errors <out.csv>                 write down which rows were rejected, and what is expected there

Does the cache equal the source?
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
  duplicates <connection> <stream> <partition>   records that stand for the same: which is kept, and which are not
  duplicates … --clean                        exclude those that are not kept

Where and who
  --url, --token       or TIDEMARK_URL and TIDEMARK_TOKEN, or what "npm start" wrote to .local/endpoints.json
                       (prefer the variable for the token: other users of a machine can see arguments)
  --json               the API's answer as it is, for scripts
  --cursor <text>      the next page of a listing, as the page before says
  --help

Exit codes
  0  done             1  the work failed, or was refused
  2  wrong usage      3  the API cannot be reached, or does not accept the token

Examples
  npm run sync -- status
  npm run sync -- sync main registrations 4433256000013547003 --wait
  npm run sync -- runs --connection main --limit 5 --json
  npm run sync -- audit main registrations --wait
  npm run sync -- plans main --state held
  npm run sync -- import desk walk-ins november.csv --dry-run --errors wrong.csv
  npm run sync -- explain main registrations 4433256000014000123 --source`;
