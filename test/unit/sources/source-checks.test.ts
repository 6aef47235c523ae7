import { describe, expect, it } from 'vitest';
import { SOURCE_CHECKS } from '../../../lib/sources/source-checks.ts';
import { SOURCE_KINDS } from '../../../lib/sources/source-kinds.ts';

describe('the checks of live accounts', () => {
  it('are there for every kind of source that can be opened', () => {
    const kinds = (all: readonly { readonly kind: string }[]) => all.map(({ kind }) => kind).toSorted();
    expect(kinds(SOURCE_CHECKS)).toEqual(kinds(SOURCE_KINDS));
  });
});
