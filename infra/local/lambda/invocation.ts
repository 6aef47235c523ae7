/** The error a function answered with, in Lambda's own shape. */
export interface FunctionError {
  /** The thrown error's name, or one of Lambda's: `Runtime.ExitError`, `Sandbox.Timedout`, … */
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export type InvocationResult =
  | { readonly outcome: 'succeeded'; readonly payload: unknown }
  | { readonly outcome: 'failed'; readonly error: FunctionError }
  /** Every execution environment that the function may have is busy: nothing ran. */
  | { readonly outcome: 'throttled' };
