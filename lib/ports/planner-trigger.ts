/** A nudge for the planner, so that what a person asked for does not wait for the schedule. */
export interface PlannerTrigger {
  /** Starts a cycle soon. Best effort: what is due is remembered durably, and the schedule finds it anyway. */
  trigger(): Promise<void>;
}
