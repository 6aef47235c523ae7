import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import * as z from 'zod';

const MEASURE = join(import.meta.dirname, '../support/read-large-file.ts');
const MEGABYTE = 1024 * 1024;
/** Far below the file: of the objects that a run time makes of its rows, hardly any can be alive at once. */
const HEAP_MB = 48;

it('a file is read in memory that does not grow with it, but for 16 to 64 bytes a row', { timeout: 120_000 }, () => {
  const read = (megabytes: number) => {
    const options = [`--max-old-space-size=${HEAP_MB}`, '--disable-warning=ExperimentalWarning'];
    const text = execFileSync(process.execPath, [...options, MEASURE, String(megabytes)], { encoding: 'utf8' });
    return z.object({ rows: z.number(), bytes: z.number(), peakBytes: z.number() }).parse(JSON.parse(text));
  };
  const [small, large] = [read(5), read(100)];
  expect(large.bytes).toBeGreaterThan(100 * MEGABYTE);
  const grown = large.peakBytes - small.peakBytes;
  expect(grown).toBeLessThan(64 * (large.rows - small.rows) + 40 * MEGABYTE);
});
