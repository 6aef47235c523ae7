import { parseArgs } from 'node:util';
import { parseRedisUrl } from '../services/redis/redis-target.ts';
import { isSimulatedKind, SIMULATED_KINDS, type SimulatedKind } from './accounts/start-accounts.ts';
import { EXIT, StartError } from './start-error.ts';

export interface StartOptions {
  /** `undefined`: the usual one, or with `once` any free one. */
  readonly port: number | undefined;
  readonly once: boolean;
  /** Sync these accounts; without, simulated ones. */
  readonly connectionsFile: string | undefined;
  /** Kinds of sources that are simulated when no accounts are given. */
  readonly simulated: readonly SimulatedKind[];
  readonly redisUrl: string | undefined;
  readonly upstash: { readonly url: string; readonly token: string } | undefined;
  /** How many times faster schedules run. */
  readonly fast: number;
  readonly dataDir: string | undefined;
}

export const DEFAULT_PORT = 4280;
const SIMULATED_SPEED = 10;
const FASTEST = 1_000;

export const HELP = `npm start -- [options]

Runs the synthesized stacks on this machine, with the bundles that would be deployed.

  --connections FILE  sync the accounts in FILE: {"connections":[{"id":…,"source":…,"settings":{…},"secrets":{…}}]}
                      (without: a simulated account of each kind of source)
  --simulate KINDS    only these: ${SIMULATED_KINDS.join(', ')}
  --once              load everything, check it, print what it cost, and end
  --port N            of the HTTP API (${DEFAULT_PORT}; with --once any free one)
  --fast N            schedules run N times faster (${SIMULATED_SPEED} with the simulator, 1 with --connections)
  --redis URL         cache in redis://… instead of in memory
  --data DIR          keep the tables in DIR over a restart
  --help              this text

With UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN set, the cache is that database.`;

const OPTIONS = {
  port: { type: 'string' },
  once: { type: 'boolean' },
  connections: { type: 'string' },
  simulate: { type: 'string' },
  redis: { type: 'string' },
  fast: { type: 'string' },
  data: { type: 'string' },
  help: { type: 'boolean' },
} as const;

type Variables = Readonly<Record<string, string | undefined>>;

/** @returns `help` when that is asked for. @throws StartError with one line that says what is wrong */
export function parseStartOptions(args: readonly string[], variables: Variables): StartOptions | 'help' {
  const values = valuesOf(args);
  if (values.help === true) return 'help';
  const upstash = upstashOf(variables);
  if (upstash !== undefined && values.redis !== undefined) {
    throw wrong('--redis and UPSTASH_REDIS_REST_URL both name a cache: leave one of them out');
  }
  if (values.simulate !== undefined && values.connections !== undefined) {
    throw wrong('--simulate and --connections both name sources: leave one of them out');
  }
  const fast = values.fast ?? (values.connections === undefined ? String(SIMULATED_SPEED) : '1');
  return {
    port: values.port === undefined ? undefined : portOf(values.port),
    once: values.once === true,
    connectionsFile: filled('--connections', values.connections),
    simulated: simulatedOf(values.simulate),
    redisUrl: values.redis === undefined ? undefined : redisUrlOf(values.redis),
    upstash,
    fast: speedOf(fast),
    dataDir: filled('--data', values.data),
  };
}

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false }).values;
  } catch (error) {
    // Node goes on to advise what does not fit here, and some of it on a second line.
    const [reason = 'the options cannot be read'] = error instanceof Error ? error.message.split(/[.\n]/) : [];
    throw wrong(`${reason.trim()}; "npm start -- --help" lists what there is`);
  }
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw wrong(`--port must be a number from 0 to 65535, not "${text}"`);
}

function speedOf(text: string): number {
  const speed = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && speed >= 1 && speed <= FASTEST) return speed;
  throw wrong(`--fast must be a number from 1 to ${FASTEST}, not "${text}"`);
}

function redisUrlOf(text: string): string {
  try {
    parseRedisUrl(text);
    return text;
  } catch (error) {
    throw wrong(`--redis: ${error instanceof Error ? error.message : 'cannot be read'}`);
  }
}

function simulatedOf(text: string | undefined): readonly SimulatedKind[] {
  if (text === undefined) return SIMULATED_KINDS;
  const names = text.split(',');
  const unknown = names.find((name) => !isSimulatedKind(name));
  if (unknown !== undefined) {
    throw wrong(`--simulate: "${unknown}" is none of ${SIMULATED_KINDS.join(', ')}; separate several by commas`);
  }
  return [...new Set(names.filter(isSimulatedKind))];
}

function filled(name: string, text: string | undefined): string | undefined {
  if (text !== undefined && text.trim() === '') throw wrong(`${name} needs a path`);
  return text;
}

function upstashOf(variables: Variables): StartOptions['upstash'] {
  const { UPSTASH_REDIS_REST_URL: url = '', UPSTASH_REDIS_REST_TOKEN: token = '' } = variables;
  if (url === '' && token === '') return undefined;
  if (url === '' || token === '') {
    throw wrong('UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN must be set both, or neither');
  }
  const protocol = URL.parse(url)?.protocol;
  if (protocol !== 'https:' && protocol !== 'http:') throw wrong('UPSTASH_REDIS_REST_URL must be an https:// address');
  return { url: url.replace(/\/+$/, ''), token };
}

function wrong(problem: string): StartError {
  return new StartError(problem, EXIT.usage);
}
