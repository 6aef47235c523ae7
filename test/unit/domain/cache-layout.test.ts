import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { connectionKey, locatorKey, metaKey, recordsKey } from '../../../lib/domain/cache-layout.ts';

const README = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');

it('the keys that applications read are those that the README names', () => {
  const keys = {
    records: recordsKey('event', '{event}', 'registrations'),
    meta: metaKey('event', '{event}', 'registrations'),
    segment: recordsKey('{partition kind}', '{partition}', '{stream}', '{segment}'),
    record: locatorKey('{connection}', 'registrations', '{id}'),
    connection: connectionKey('{connection}'),
  };
  expect(keys).toEqual({
    records: 'cache:event:{event}:registrations',
    meta: 'cache:event:{event}:registrations:meta',
    segment: 'cache:{partition kind}:{partition}:{stream}:{segment}',
    record: 'cache:record:{connection}:registrations:{id}',
    connection: 'tidemark:connection:{connection}',
  });
  for (const key of Object.values(keys)) expect(README).toContain(`| \`${key}\` |`);
});
