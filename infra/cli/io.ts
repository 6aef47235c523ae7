/** What the commands need of the world around them. */
export interface CliIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Text of a file below the current folder; `undefined` when there is none. */
  readFile(path: string): string | undefined;
  /** A file that is read as it is sent; `undefined` when there is none. */
  openFile(path: string): Promise<Blob | undefined>;
  writeFile(path: string, bytes: Uint8Array): Promise<void>;
  fetch(url: string, init: RequestInit): Promise<Response>;
  /** Milliseconds from an arbitrary beginning. */
  monotonicMs(): number;
  sleep(ms: number): Promise<void>;
  /** Asks the person at the terminal and gives what was typed; absent when nobody is there. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  /** For results. */
  out(text: string): void;
  /** For progress and for what went wrong. */
  err(text: string): void;
  /** Draws one line of progress over the one before; an empty one removes it. Absent where nobody watches. */
  readonly redraw: ((line: string) => void) | undefined;
  /** From 0 to 1, by chance. */
  random(): number;
  readonly color: boolean;
}

/** How the command ended, for scripts. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unreachable: 3 } as const;

/** Ends a command: what happened, in words, and the exit code. */
export class CliError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.name = 'CliError';
    this.exitCode = exitCode;
  }
}

/** What the caller wrote wrongly. */
export function usage(problem: string): CliError {
  return new CliError(EXIT.usage, `${problem}. "npm run sync -- --help" shows what there is.`);
}
