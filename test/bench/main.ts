import { ASSUMED, monthlyBill } from './bill.ts';
import { measureBundles } from './bundles.ts';
import { countCycles } from './cycle-costs.ts';
import { measureWritePath } from './write-path.ts';

const say = (line = ''): void => void process.stdout.write(`${line}\n`);

const count = (value: number): string => Math.round(value).toLocaleString('en-US');
const times = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)}×`;

say('Write path: the same records, four ways, in one run on this machine');
const rates = await measureWritePath();
say(
  `  ${count(rates.records)} records of ${rates.bytesPerRecord} characters through ${rates.server}, pages of 1,000, four at once as in a walk, median of 3 rounds`,
);
say(
  `  guarded (fence, newer wins)   ${count(rates.guarded).padStart(9)} records/s   ${rates.commandsPerPage.toFixed(1)} billed commands a page`,
);
say(
  `  unguarded HSET per page       ${count(rates.unguarded).padStart(9)} records/s   guarded takes ${times(rates.unguarded / rates.guarded)} its time`,
);
say(
  `  one SET per record            ${count(rates.single).padStart(9)} records/s   guarded is ${times(rates.guarded / rates.single)} as fast`,
);
say(
  `  raw pipelined Redis, no HTTP  ${count(rates.raw).padStart(9)} records/s   guarded reaches 1/${(rates.raw / rates.guarded).toFixed(1)} of it`,
);
say(
  `  314,200 records, write phase  ${(314_200 / rates.guarded).toFixed(1).padStart(9)} s           target ≤ 6 s on 2 cores`,
);

say();
say('Handlers: bundle size and import time (median of 15 fresh processes)');
for (const { name, bytes, importMs } of await measureBundles()) {
  const verdict = bytes <= 600_000 && importMs <= 55 ? 'within' : 'over';
  say(
    `  ${name.padEnd(12)} ${count(bytes / 1_000).padStart(5)} kB   ${importMs.toFixed(1).padStart(6)} ms   ${verdict} the target of 600 kB and 55 ms`,
  );
}

say();
say(
  'Monthly bill: a cycle every 5 minutes, 1 % of the partitions change with 5 records each, list prices, no free tier',
);
const counted = await countCycles();
const { idle, perChangedPartition: more } = counted;
say(
  `  counted: an idle cycle takes ${idle.redisCommands} Redis command, ${idle.writeUnits} write and ${idle.readUnits} read units;`,
);
say(
  `  a changed partition adds ${more.redisCommands} Redis commands, ${more.writeUnits} write units (its index entry included), ${more.sqsRequests} SQS requests`,
);
const { audit } = counted;
const each = (value: number): string => (value / audit.partitions).toFixed(1);
say(
  `  an audit of ${count(audit.records)} records in ${audit.partitions} partitions where nothing differs: ${audit.sourceCalls} source calls in all;`,
);
say(
  `  per partition ${each(audit.redisCommands)} Redis commands, ${each(audit.writeUnits)} write and ${each(audit.readUnits)} read units`,
);
say(`  assumed: Lambda time of ${JSON.stringify(ASSUMED)}`);
for (const [partitions, target] of [
  [1_000, 1.5],
  [100_000, 130],
  [1_000_000, 1_250],
] as const) {
  const dollars = monthlyBill(partitions, counted);
  const verdict = dollars <= target ? 'within' : 'over';
  say(
    `  ${count(partitions).padStart(9)} partitions   $ ${dollars.toFixed(2).padStart(8)}   ${verdict} the target of $ ${target}`,
  );
}
