import * as z from 'zod/mini';
import { count, instant } from './common.ts';

export const excluded = z
  .object({
    excluded: z.array(z.object({ record: z.string(), partition: z.string(), at: instant })),
    next: z.nullable(z.string()).check(z.describe('Give it as `cursor` for the next page; null on the last.')),
  })
  .register(z.globalRegistry, { id: 'Excluded' });

export const duplicates = z
  .object({
    connection: z.string(),
    stream: z.string(),
    partition: z.string(),
    groups: z
      .array(z.object({ keep: z.string(), others: z.array(z.string()) }))
      .check(
        z.describe(
          'Records that share an identity; kept is the one changed last, then that with most fields filled in, then the lowest id.',
        ),
      ),
    more: z.boolean().check(z.describe('There are more groups than are listed.')),
    duplicates: count.check(z.describe('Records that are not kept, over all groups.')),
    examined: count,
    truncated: z.boolean().check(z.describe('The partition has more records than were compared.')),
    excluded: z.array(z.string()).check(z.describe('Those that were excluded now.')),
    left: count.check(z.describe('Those that were not, because so many are excluded at a time: ask again.')),
  })
  .register(z.globalRegistry, { id: 'Duplicates' });

export type ExcludedView = z.infer<typeof excluded>;
export type DuplicatesView = z.infer<typeof duplicates>;
