/** How the command ends, for scripts. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/** Why the local system does not start, or what it found wrong: one line for a person, and an exit code. */
export class StartError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message);
    this.name = 'StartError';
    this.exitCode = exitCode;
  }
}
