export const HELP = `Operates Tidemark through its HTTP API.

  npm run sync -- <command> [options]

Look
  status                                      every connection: freshness, budget, next run
  status <connection> [<stream>]              one connection, or one stream and its partitions
  status <connection> <stream> <partition>    one partition, compared with what the cache really holds
  runs [--connection main [--stream registrations [--partition 42]]] [--limit 20]
  run <id>                                    what one run did
  connection check <connection>               probe the live account: credentials, rights, clock, limits

Act (needs a token with the scope operate)
  sync [<connection> [<stream>]]              read what changed, now
  sync <connection> <stream> --full           read the whole stream again; readers see no gap
  sync <connection> <stream> <partition>      read this partition whole, now, stale or not
  sync … --incremental                        for a partition: only what changed since its watermark
  sync … --wait [--timeout 600]               stay until it has ended, and tell how
  pause [<connection> [<stream>]]             stop the automatic sync; a forced sync still works
  resume [<connection> [<stream>]]

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
  npm run sync -- runs --connection main --limit 5 --json`;
