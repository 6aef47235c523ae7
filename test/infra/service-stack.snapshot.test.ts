import { expect, it } from 'vitest';
import { synthesize } from './support/synthesized.ts';

/** What a deploy would change, for the reader of a change. Contents of bundles are left out. */
it('the service stack is as it was', () => {
  const text = JSON.stringify(synthesize().service.toJSON(), undefined, 2);
  expect(JSON.parse(text.replaceAll(/\b[0-9a-f]{64}\b/g, '<hash>'))).toMatchSnapshot();
});
