/** How many records a connection has lost by deletion in the last 24 hours, by hour of this machine's clock. */
export interface DeletionLog {
  /**
   * Counts `removals` in, unless the connection's last 24 hours would then pass `allowed`. Atomic: of two at once that
   * do not both fit, one is refused. @returns whether they were counted in
   */
  reserve(connection: string, removals: number, allowed: number): Promise<boolean>;
  /** Removals of the last 24 hours. */
  lastDay(connection: string): Promise<number>;
}
