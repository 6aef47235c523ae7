import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import { settingProblems } from '../../../../lib/sources/kit/setting-problems.ts';

it('says what is missing and what is wrong, by its name and never by its value', () => {
  const schema = z.strictObject({ zone: z.string(), events: z.strictObject({ report: z.string() }), size: z.number() });
  const { error } = schema.safeParse({ events: {}, size: 'a secret' });
  expect(error && settingProblems('settings', error)).toEqual([
    'settings.zone: is missing',
    'settings.events.report: is missing',
    'settings.size: Invalid input: expected number, received string',
  ]);
});
