import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { parseConnection } from '../../../lib/config/connection.ts';
import type { ConnectionEntry } from '../resources/parameters.ts';
import { EXIT, StartError } from './start-error.ts';

const MOST_BYTES = 4_096;
const fileSchema = z.strictObject({
  connections: z
    .array(z.looseObject({ id: z.string('is missing').min(1, 'is empty') }), 'is missing, or not a list')
    .nonempty('names no connection'),
});

/**
 * Reads `{"connections":[…]}`, where each entry is what one parameter would hold.
 * @throws StartError with one line that names every problem and no value of the file
 */
export function readConnectionFile(path: string): readonly ConnectionEntry[] {
  const parsed = fileSchema.safeParse(readJson(path));
  if (!parsed.success) throw wrong(path, parsed.error.issues.map(describeIssue));
  const { connections } = parsed.data;
  const problems = connections.flatMap((entry) => problemsOf(entry).map((problem) => `${entry.id}: ${problem}`));
  const ids = connections.map(({ id }) => id);
  const doubled = new Set(ids.filter((id, index) => ids.indexOf(id) !== index));
  for (const id of doubled) problems.push(`${id}: there is more than one connection with this id`);
  if (problems.length > 0) throw wrong(path, problems);
  return connections;
}

function readJson(path: string): unknown {
  let text: string;
  try {
    // Some editors write a byte order mark, which is no JSON.
    text = readFileSync(path, 'utf8').replace(/^\u{feff}/u, '');
  } catch {
    throw new StartError(`${path}: cannot be read; does the file exist?`, EXIT.usage);
  }
  try {
    // Some editors begin a file with a byte order mark.
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    // The parser's message would repeat a part of the file, which holds secrets.
    throw wrong(path, ['is not JSON']);
  }
}

function problemsOf(entry: ConnectionEntry): readonly string[] {
  const text = JSON.stringify(entry);
  const parsed = parseConnection(entry.id, text);
  if ('problems' in parsed) return parsed.problems;
  const bytes = Buffer.byteLength(text);
  return bytes > MOST_BYTES ? [`has ${bytes} bytes, and a parameter holds ${MOST_BYTES}`] : [];
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const where = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') return `unknown field ${issue.keys.join(', ')}`;
  if (where === '') return 'must be {"connections":[…]}';
  return `${where}: ${issue.message}`;
}

function wrong(path: string, problems: readonly string[]): StartError {
  return new StartError(`${path}: ${problems.join('; ')}`, EXIT.usage);
}
