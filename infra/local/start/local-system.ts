import { createServer } from 'node:http';
import { type LocalHost, startLocalHost } from '../host.ts';
import type { ConnectionEntry } from '../resources/parameters.ts';
import { closeServer, listenOnLoopback } from '../services/http-server.ts';
import type { SimulatedAccount } from './accounts/simulated-account.ts';
import { startAccounts } from './accounts/start-accounts.ts';
import { ZOHO_EXAMPLE } from './accounts/zoho-account.ts';
import { describeSpeed, sayAudit, sayFunctions, sayHowToLook } from './banner.ts';
import { readConnectionFile } from './connection-file.ts';
import { CycleLines } from './cycle-lines.ts';
import { writeEndpoints } from './endpoints-file.ts';
import { MANUAL_CONNECTION } from './manual-connection.ts';
import { runOnceConnected } from './once-connected.ts';
import { runOnceSimulated, STEPPING_CALLS_PER_DAY, STEPPING_SPEED } from './once-simulated.ts';
import { DEFAULT_PORT, type StartOptions } from './options.ts';
import { painted, type Screen, sayStep } from './screen.ts';
import type { Shutdown } from './shutdown.ts';
import { StartError } from './start-error.ts';
import { synthesize } from './synthesize.ts';

const ASSEMBLY = '.local/cdk.out';
const EDIT_EVERY_MS = 4_000;
const CALLS_PER_DAY = 1_000;

/**
 * Starts the whole system and shows what it does, until it is asked to stop or, with `once`, until it is done.
 * @returns the exit code. @throws StartError when it cannot start or does not get done
 */
export async function runLocalSystem(options: StartOptions, screen: Screen, shutdown: Shutdown): Promise<number> {
  const given = options.connectionsFile === undefined ? undefined : readConnectionFile(options.connectionsFile);
  const port = options.port ?? (options.once ? 0 : DEFAULT_PORT);
  await checkPort(port);
  screen.say(`\n${painted(screen, 'Tidemark on this machine', 'strong')}\n`);
  await synthesizeVisibly(screen, shutdown);
  const accounts = given === undefined ? await simulate(options, screen, shutdown) : [];
  const simulated = accounts.flatMap((account) => account.connections);
  // What is counted once is what is read from sources: nobody brings a file then.
  const connections = given ?? (options.once ? simulated : [...simulated, MANUAL_CONNECTION]);
  const host = await startVisibly({ ...options, port }, connections, screen, shutdown);
  const simulators = Object.fromEntries(accounts.map(({ kind, url }) => [kind, { url }]));
  shutdown.add(writeEndpoints(host, simulators));
  if (options.once) screen.say('');
  if (options.once && given === undefined) return runOnceSimulated(host, accounts, screen);
  // A cycle by cron comes within five minutes: nobody who has just started it waits for that.
  void host.fire('plan').catch(() => undefined);
  if (options.once) return runOnceConnected(host, screen);
  sayHowToLook(screen, host, accounts.some(({ kind }) => kind === 'zoho-creator') ? ZOHO_EXAMPLE : undefined);
  for (const account of accounts) account.startEditing(EDIT_EVERY_MS * accounts.length);
  return shutdown.asked;
}

/** Before anything slow is done. */
async function checkPort(port: number): Promise<void> {
  const server = createServer();
  try {
    await listenOnLoopback(server, port);
  } catch {
    throw new StartError(`port ${port} is taken or may not be used: choose another with --port`);
  }
  await closeServer(server);
}

async function synthesizeVisibly(screen: Screen, shutdown: Shutdown): Promise<void> {
  const start = performance.now();
  await synthesize(ASSEMBLY, shutdown.signal);
  sayStep(screen, 'stacks', `synthesized in ${((performance.now() - start) / 1_000).toFixed(1)} s`);
}

/** A day of the vendor's is as much shorter as the schedules are faster, so that its calls last as long. */
async function simulate(
  { once, fast, simulated }: StartOptions,
  screen: Screen,
  shutdown: Shutdown,
): Promise<readonly SimulatedAccount[]> {
  const callsPerDay = once ? STEPPING_CALLS_PER_DAY : Math.min(STEPPING_CALLS_PER_DAY, CALLS_PER_DAY * fast);
  const accounts = await startAccounts(simulated, { callsPerDay });
  for (const [index, account] of accounts.entries()) {
    shutdown.add(() => account.close());
    sayStep(screen, index === 0 ? 'sources' : '', account.summary);
  }
  return accounts;
}

async function startVisibly(
  options: StartOptions & { readonly port: number },
  connections: readonly ConnectionEntry[],
  screen: Screen,
  shutdown: Shutdown,
): Promise<LocalHost> {
  const { port, once, connectionsFile, redisUrl, upstash, dataDir, fast } = options;
  const stepping = once && connectionsFile === undefined;
  const lines = new CycleLines(screen);
  shutdown.add(() => lines.close());
  const host = await startLocalHost({
    assemblyDir: ASSEMBLY,
    port,
    connections,
    fast: stepping ? STEPPING_SPEED : fast,
    schedules: !stepping,
    // Loading is what is waited for, and an audit would spend calls meanwhile.
    firedByHand: once ? ['audit'] : [],
    ...(redisUrl === undefined ? {} : { redisUrl }),
    ...(upstash === undefined ? {} : { upstash }),
    ...(dataDir === undefined ? {} : { dataDir }),
    // A counted run has its table; what goes wrong is told all the same.
    onLog: (log) => lines.hear(log),
    onProblem: (problem) => lines.complain(problem),
  });
  shutdown.add(() => host.close());
  sayFunctions(screen, host);
  sayStep(
    screen,
    'cache',
    upstash === undefined ? `Redis ${redisUrl === undefined ? 'in memory' : 'as given'}` : upstash.url,
  );
  sayStep(screen, 'tables', dataDir === undefined ? 'in memory' : `kept in ${dataDir}`);
  if (given(connectionsFile)) sayStep(screen, 'accounts', connections.map(({ id }) => id).join(', '));
  sayStep(screen, 'speed', stepping ? 'cycle by cycle' : describeSpeed(fast));
  sayAudit(screen, host.dueAt('audit'));
  return host;
}

function given(text: string | undefined): text is string {
  return text !== undefined;
}
