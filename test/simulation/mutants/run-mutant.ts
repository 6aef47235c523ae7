import { composeHistory } from '../compose-history.ts';
import { runHistory } from '../run-history.ts';
import { MUTANTS } from './mutants.ts';

/** Prints the first seed at which a monitor tells, and what it tells; or nothing. */
const { first = 1, seeds } = MUTANTS.find(({ name }) => name === process.env.MUTANT) ?? { seeds: 0 };
for (let seed = first; seed < first + seeds; seed += 1) {
  const { violation } = await runHistory(composeHistory(seed));
  if (violation === undefined) continue;
  process.stdout.write(JSON.stringify({ seed, ...violation }));
  break;
}
