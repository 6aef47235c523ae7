import { Counters } from '../counters.ts';

/** Who asks when the request does not say: the deployed functions, through the SDK. */
export const FUNCTIONS = 'functions';

const BILLED_CHUNK_BYTES = 64 * 1024;

/** Requests by caller and operation, filed as `{caller}/{operation}`; `billed` counts each started 64 KB as one. */
export class RequestMeter {
  readonly requests = new Counters();
  readonly billed = new Counters();

  add(caller: string, operation: string, payloadBytes: number): void {
    this.requests.add(`${caller}/${operation}`);
    this.billed.add(`${caller}/${operation}`, Math.max(1, Math.ceil(payloadBytes / BILLED_CHUNK_BYTES)));
  }

  /** Billed requests of one caller. */
  billedTo(caller: string): number {
    const filed = Object.entries(this.billed.snapshot()).filter(([name]) => name.startsWith(`${caller}/`));
    return filed.reduce((sum, [, count]) => sum + count, 0);
  }

  snapshot(): Record<'requests' | 'billed', Record<string, number>> {
    return { requests: this.requests.snapshot(), billed: this.billed.snapshot() };
  }
}
