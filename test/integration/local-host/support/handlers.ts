/** A bundle that does what its event says: everything a function can do wrong. */
export const MISCHIEF = `
let calls = 0;
const doings = {
  echo: (event, context) => ({ event, calls, remainingMs: context.getRemainingTimeInMillis(), context, pid: process.pid }),
  env: () => ({ ...process.env }),
  hang: () => new Promise(() => {}),
  spin: () => { for (;;); },
  exit: () => process.exit(3),
  exitQuietly: () => process.exit(0),
  throw: () => { throw new TypeError('no good'); },
  throwText: () => { throw 'just text'; },
  throwLater: () => new Promise(() => setTimeout(() => { throw new RangeError('later'); }, 5)),
  rejectUnseen: () => new Promise(() => { Promise.reject(new Error('unseen')); }),
  eat: () => { const all = []; for (;;) all.push(new Array(1e5).fill('x')); },
  hold: (event) => Array.from({ length: event.megabytes }, () => new Array(2 ** 17).fill(0.5)).length,
  sleep: (event) => new Promise((resolve) => setTimeout(() => resolve(process.pid), event.ms)),
  log: () => { console.log('one\\ntwo'); console.error('three'); },
  circular: () => { const a = {}; a.a = a; return a; },
  huge: () => 'x'.repeat(7e6),
  nothing: () => undefined,
};
export const handler = async (event, context) => { calls += 1; return doings[event.do](event, context); };
`;
