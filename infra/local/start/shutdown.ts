import { EXIT } from './start-error.ts';

type Closer = () => void | Promise<void>;

const PATIENCE_MS = 1_500;

/** Everything that must end with the program, and the wish of a person that it does. */
export class Shutdown {
  readonly #closers: Closer[] = [];
  readonly #controller = new AbortController();
  readonly #asked: Promise<number>;

  constructor() {
    this.#asked = new Promise((resolve) => {
      this.signal.addEventListener('abort', () => resolve(EXIT.ok), { once: true });
    });
  }

  /** Aborted as soon as somebody asks to stop. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Resolves to the exit code of a wished end. */
  get asked(): Promise<number> {
    return this.#asked;
  }

  ask(): void {
    this.#controller.abort();
  }

  /** Closed in the opposite order. */
  add(closer: Closer): void {
    this.#closers.unshift(closer);
  }

  /** Closes everything, each however the others end, and waits no longer than a person does. */
  async close(): Promise<void> {
    const all = async (): Promise<void> => {
      for (const closer of this.#closers.splice(0)) {
        try {
          await closer();
        } catch {
          // Its process ends in a moment anyway.
        }
      }
    };
    const patience = new Promise<void>((resolve) => setTimeout(resolve, PATIENCE_MS).unref());
    await Promise.race([all(), patience]);
  }
}
