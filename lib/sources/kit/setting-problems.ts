import { en } from 'zod/locales';
import * as z from 'zod/mini';

// zod/mini has no words for what is wrong until it is given a language. Not as `z.locales.en`: that bundles all of them.
z.config(en());

/** What is wrong with settings, one line each, naming the setting and never its value. */
export function settingProblems(root: string, error: z.core.$ZodError): readonly string[] {
  return error.issues.map((issue) => `${[root, ...issue.path.map(String)].join('.')}: ${wordsOf(issue)}`);
}

/** The issue itself does not say what was received: it could be a secret. */
function wordsOf({ code, message }: z.core.$ZodIssue): string {
  return code === 'invalid_type' && message.endsWith('received undefined') ? 'is missing' : message;
}
