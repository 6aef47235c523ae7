import { CONNECTION_ID, isRecordId, PARTITION_ID, STREAM_NAME } from '../../lib/domain/names.ts';
import type { Names, RecordName } from './command.ts';
import { usage } from './io.ts';

const RULES = [
  { pattern: CONNECTION_ID, what: 'connection' },
  { pattern: STREAM_NAME, what: 'stream' },
  { pattern: PARTITION_ID, what: 'partition' },
] as const;

/** "." and ".." would be resolved away in the address. */
const DOTS = /^\.{1,2}$/;

/** @throws CliError when there are too many, or one cannot be a name */
export function namesOf(names: readonly string[], most: number): Names {
  if (names.length > most) throw usage(`too many names: at most ${most} here`);
  for (const [index, rule] of RULES.entries()) {
    const name = names[index];
    if (name !== undefined && (!rule.pattern.test(name) || DOTS.test(name))) {
      throw usage(`"${name}" cannot be the name of a ${rule.what}`);
    }
  }
  return names;
}

/** Connection, stream and a record's id: all of them, or a CliError. */
export function recordOf(rest: readonly string[]): RecordName {
  const [connection, stream, record] = rest;
  if (rest.length !== 3 || connection === undefined || stream === undefined || record === undefined)
    throw usage('expected a connection, a stream and the id of one record');
  namesOf([connection, stream], 2);
  if (!isRecordId(record) || DOTS.test(record)) throw usage('this cannot be the id of a record');
  return { connection, stream, record };
}

export function only(rest: readonly string[], pattern: RegExp, expected: string): string {
  const [first] = rest;
  if (rest.length !== 1 || first === undefined || !pattern.test(first)) throw usage(`expected ${expected}`);
  return first;
}
