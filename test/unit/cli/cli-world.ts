import { createApi } from '../../../functions/api/api.ts';
import { runCli } from '../../../infra/cli/run-cli.ts';
import { ApiWorld, httpEvent, type Scopes } from '../api/api-world.ts';

const TOKENS: Readonly<Record<string, Scopes>> = { operator: 'read operate', reader: 'read' };

export interface Ran {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** The command line in front of the API itself; only the network between them is missing. */
export class CliWorld extends ApiWorld {
  readonly requests: { readonly method: string; readonly url: string; readonly body: string | undefined }[] = [];
  env: Record<string, string> = { TIDEMARK_URL: 'https://api.example.com', TIDEMARK_TOKEN: 'operator' };
  files: Record<string, string> = {};
  color = false;
  /** What was drawn over itself; `undefined`: there is no terminal. */
  drawn: string[] | undefined;
  /** Happens whenever the command line sleeps. */
  meanwhile: () => Promise<void> = async () => {};
  network: (url: string) => Promise<void> = async () => {};

  async run(...args: readonly string[]): Promise<Ran> {
    const out: string[] = [];
    const err: string[] = [];
    const exitCode = await runCli(args, {
      env: this.env,
      readFile: (path) => this.files[path],
      openFile: async () => undefined,
      writeFile: () => Promise.reject(new Error('nothing is to be written')),
      fetch: (url, init) => this.#fetch(url, init),
      monotonicMs: () => this.clock.monotonicMs(),
      sleep: async (ms) => {
        this.clock.advance(ms);
        await this.meanwhile();
      },
      out: (text) => void out.push(text),
      err: (text) => void err.push(text),
      redraw: this.drawn === undefined ? undefined : (line) => void this.drawn?.push(line),
      random: () => 0.5,
      ask: undefined,
      color: this.color,
    });
    return { exitCode, out: out.join('\n'), err: err.join('\n') };
  }

  async #fetch(address: string, init: RequestInit): Promise<Response> {
    await this.network(address);
    const url = new URL(address);
    const method = init.method ?? 'GET';
    const body = typeof init.body === 'string' ? init.body : undefined;
    this.requests.push({ method, url: address, body });
    const token = new Headers(init.headers).get('authorization')?.replace('Bearer ', '') ?? '';
    const options = { scopes: TOKENS[token] ?? '', ...(body === undefined ? {} : { body }) } as const;
    const response = await createApi(this.dependencies)(httpEvent(method, `${url.pathname}${url.search}`, options));
    return new Response(response.body, { status: response.statusCode, headers: response.headers });
  }
}
