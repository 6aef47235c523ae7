import { runCli } from '../../../infra/cli/run-cli.ts';
import type { Ran } from './cli-world.ts';

interface ScriptedAnswer {
  readonly status?: number;
  readonly body: unknown;
}

/** The command line in front of an API that answers by script: method and path → answers, the last one for good. */
export class ScriptedCli {
  readonly requests: { readonly call: string; readonly body: unknown }[] = [];
  readonly answers: Record<string, readonly ScriptedAnswer[]> = {};
  /** What the person at the terminal types; `undefined`: nobody is there. */
  typed: string | undefined;
  readonly asked: string[] = [];
  /** What was drawn over itself; `undefined`: there is no terminal. */
  drawn: string[] | undefined;
  /** Is told of every request. */
  onRequest: (url: string, init: RequestInit) => void = () => {};
  readonly files = new Map<string, Blob>();
  readonly written = new Map<string, string>();
  #now = 0;

  /** Sets what a call is answered with. */
  on(call: string, ...bodies: readonly unknown[]): this {
    this.answers[call] = bodies.map((body) => ({ body }));
    return this;
  }

  async run(...args: readonly string[]): Promise<Ran> {
    const out: string[] = [];
    const err: string[] = [];
    const exitCode = await runCli(args, {
      env: { TIDEMARK_URL: 'https://api.example.com', TIDEMARK_TOKEN: 'operator' },
      readFile: () => undefined,
      openFile: async (path) => this.files.get(path),
      writeFile: async (path, bytes) => void this.written.set(path, Buffer.from(bytes).toString()),
      fetch: async (url, init) => this.#answer(url, init),
      monotonicMs: () => this.#now,
      sleep: async (ms) => {
        this.#now += ms;
      },
      ask: this.#ask(),
      out: (text) => void out.push(text),
      err: (text) => void err.push(text),
      redraw: this.drawn === undefined ? undefined : (line) => void this.drawn?.push(line),
      random: () => 0.5,
      color: false,
    });
    return { exitCode, out: out.join('\n'), err: err.join('\n') };
  }

  #ask(): ((question: string) => Promise<string>) | undefined {
    const { typed } = this;
    if (typed === undefined) return undefined;
    return async (question) => {
      this.asked.push(question);
      return typed;
    };
  }

  #answer(url: string, init: RequestInit): Response {
    this.onRequest(url, init);
    const call = `${init.method ?? 'GET'} ${url.replace('https://api.example.com', '')}`;
    this.requests.push({ call, body: typeof init.body === 'string' ? JSON.parse(init.body) : undefined });
    const [answer, ...later] = this.answers[call] ?? [{ status: 404, body: { title: 'No route', detail: call } }];
    if (later.length > 0) this.answers[call] = later;
    const { status = 200, body = null } = answer ?? {};
    return typeof body === 'string' ? new Response(body, { status }) : Response.json(body, { status });
  }
}
