/** The value, where a test knows that there is one. @throws Error that names what is missing */
export function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`${what} is missing`);
  return value;
}
