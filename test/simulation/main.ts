import { parseArgs } from 'node:util';
import { composeHistory } from './compose-history.ts';
import { FAULT_FAMILIES, type FaultFamily, OTHER_FAMILIES } from './history.ts';
import { replayCommand, reportFailure, runnerOf } from './report-failure.ts';

const say = (line = ''): void => void process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    /** One seed, looked into. */
    seed: { type: 'string' },
    from: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '100' },
    /** Takes every so manieth seed. */
    every: { type: 'string', default: '1' },
    /** A vendor's own protocol instead of the library that can do everything wrong. */
    vendor: { type: 'string' },
    faults: { type: 'string', default: FAULT_FAMILIES.join(',') },
    /** How many of the last things that happened are printed. */
    lines: { type: 'string', default: '40' },
    /** Goes on after a failure, and prints counts as JSON. */
    summary: { type: 'boolean', default: false },
  },
});

const families = new Set(values.faults.split(',').map(familyOf));
const { vendor } = values;
const subject = { families, ...(vendor === undefined ? {} : { vendor }) };
const run = runnerOf(subject);
const [first, count, every] = [Number(values.seed ?? values.from), Number(values.seeds), Number(values.every)];
const seeds = values.seed === undefined ? Array.from({ length: count }, (_, index) => first + index * every) : [first];
const failing: number[] = [];
const startedMs = performance.now();
let virtualMs = 0;

for (const seed of seeds) {
  const history = composeHistory(seed, families);
  const end = await run(history);
  virtualMs += end.virtualMs;
  if (end.violation === undefined) continue;
  failing.push(seed);
  if (values.summary) continue;
  say(values.seed === undefined ? `${replayCommand(seed, subject)}   ${end.violation.property}` : '');
  if (values.seed !== undefined) say(await reportFailure(history, subject, Number(values.lines)));
}

if (values.summary) say(JSON.stringify({ seeds: seeds.length, failing, virtualMs }));
else {
  const seconds = (performance.now() - startedMs) / 1_000;
  say(
    `${seeds.length} seeds, ${failing.length} failed, ${seconds.toFixed(1)} s, ${(virtualMs / 3_600_000).toFixed(0)} virtual hours`,
  );
  process.exitCode = failing.length === 0 ? 0 : 1;
}

function familyOf(name: string): FaultFamily {
  const all = [...FAULT_FAMILIES, ...OTHER_FAMILIES];
  const family = all.find((known) => known === name);
  if (family === undefined) throw new Error(`--faults: "${name}" is none of ${all.join(', ')}`);
  return family;
}
