import type * as z from 'zod';

/** What is wrong with settings, one line each, naming the setting and never its value. */
export function settingProblems(root: string, error: z.ZodError): readonly string[] {
  return error.issues.map((issue) => `${[root, ...issue.path.map(String)].join('.')}: ${issue.message}`);
}
