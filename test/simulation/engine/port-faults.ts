/** What happens to one call of a port. */
export type FaultKind =
  /** The worker dies and nothing takes effect. */
  | 'killed-before'
  /** The call takes effect and its worker dies. */
  | 'killed-after'
  /** The worker dies while its request is under way; it takes effect later. */
  | 'killed-late'
  /** The worker stands still before its request goes out, and then goes on as if nothing had been. */
  | 'paused-before'
  /** The same after its request took effect. */
  | 'paused-after'
  /** The port fails and nothing took effect. */
  | 'failed-before'
  /** It took effect, and the answer is lost. */
  | 'failed-after'
  /** The caller gives up waiting; it takes effect later. */
  | 'failed-late';

export interface PortFault {
  readonly fault: FaultKind;
  /** Port, or port and member, as `cache` or `partitions.commit`; `any` of them all. */
  readonly where: string;
  /** Which kind of worker; `any` of them. */
  readonly worker: 'planner' | 'sync' | 'any';
  /** How many calls it lets pass. */
  readonly passing: number;
  /** How long a pause lasts, or how much later the effect comes. */
  readonly lateMs: number;
}

/** Faults that wait for their call. */
export class ArmedFaults {
  #armed: { readonly fault: PortFault; passing: number }[] = [];

  arm(fault: PortFault): void {
    this.#armed.push({ fault, passing: fault.passing });
  }

  disarm(): void {
    this.#armed = [];
  }

  /** The fault that befalls this call. */
  take(worker: string, port: string, member: string): PortFault | undefined {
    if (this.#armed.length === 0) return undefined;
    const call = `${port}.${member}`;
    for (const armed of this.#armed) {
      const { fault } = armed;
      const fits = fault.where === 'any' || fault.where === port || fault.where === call;
      if (!fits || (fault.worker !== 'any' && fault.worker !== worker)) continue;
      if (armed.passing > 0) {
        armed.passing -= 1;
        continue;
      }
      this.#armed = this.#armed.filter((other) => other !== armed);
      return fault;
    }
    return undefined;
  }
}
