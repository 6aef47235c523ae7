import { parseArgs } from 'node:util';
import { composeHistory } from './compose-history.ts';
import { FAULT_FAMILIES, type FaultFamily } from './history.ts';
import { replayCommand, reportFailure } from './report-failure.ts';
import { runHistory } from './run-history.ts';

const say = (line = ''): void => void process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    from: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '100' },
    faults: { type: 'string', default: FAULT_FAMILIES.join(',') },
    lines: { type: 'string', default: '40' },
    'all-failures': { type: 'boolean', default: false },
  },
});

const families = new Set(values.faults.split(',').map(familyOf));

function familyOf(name: string): FaultFamily {
  const family = FAULT_FAMILIES.find((known) => known === name);
  if (family === undefined) throw new Error(`--faults: "${name}" is none of ${FAULT_FAMILIES.join(', ')}`);
  return family;
}

const first = Number(values.seed ?? values.from);
const last = values.seed === undefined ? first + Number(values.seeds) - 1 : first;
const startedMs = performance.now();
let [virtualMs, failures] = [0, 0];
for (let seed = first; seed <= last; seed += 1) {
  const history = composeHistory(seed, families);
  const end = await runHistory(history);
  virtualMs += end.virtualMs;
  if (end.violation === undefined) continue;
  failures += 1;
  if (values['all-failures']) {
    say(`${replayCommand(seed, families)}   ${end.violation.property}: ${end.violation.detail}`);
    continue;
  }
  say(await reportFailure(history, families, Number(values.lines)));
  break;
}
const seconds = (performance.now() - startedMs) / 1_000;
const hours = virtualMs / 3_600_000;
say(`${last - first + 1} seeds, ${failures} failed, ${seconds.toFixed(1)} s, ${hours.toFixed(0)} virtual hours`);
process.exitCode = failures === 0 ? 0 : 1;
