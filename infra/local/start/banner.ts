import type { LocalHost } from '../host.ts';
import { ENDPOINTS_FILE } from './endpoints-file.ts';
import { clockTime, painted, type Screen, sayStep } from './screen.ts';

const SHOWN_HASH = 12;

export function sayFunctions(screen: Screen, { functions }: LocalHost): void {
  for (const [index, { logicalId, bundleHash, memoryMb }] of functions.entries()) {
    const name = logicalId.replace(/[0-9A-F]{8}$/, '');
    sayStep(
      screen,
      index === 0 ? 'functions' : '',
      `${name.padEnd(20)} bundle ${bundleHash.slice(0, SHOWN_HASH)}  ${memoryMb} MB`,
    );
  }
}

export function describeSpeed(fast: number): string {
  return fast === 1 ? 'as deployed' : `schedules run ${fast} times faster; --fast 1 runs as deployed`;
}

/** @param next when the audit runs by itself, if it does */
export function sayAudit(screen: Screen, next: Date | undefined): void {
  if (next === undefined) return;
  sayStep(screen, 'audit', `next at ${clockTime(next)}; "npm run sync -- audit" runs one now`);
}

/** How to look, from another terminal. @param example a partition to force, where one is known */
export function sayHowToLook(screen: Screen, host: LocalHost, example: string | undefined): void {
  const { apiUrl, tokens } = host;
  const header = `-H "Authorization: Bearer ${tokens.operate}"`;
  screen.say('');
  sayStep(screen, 'API', painted(screen, apiUrl, 'strong'));
  sayStep(screen, 'token', `${tokens.operate}  (to read only: ${tokens.read})`);
  sayStep(screen, 'all of this', `${ENDPOINTS_FILE}; npm run sync -- status finds it there`);
  screen.say('');
  screen.say(`  curl ${header} ${apiUrl}/v1/status`);
  if (example !== undefined) screen.say(`  curl ${header} -X POST ${apiUrl}/v1/sync/${example}`);
  screen.say(`  curl ${header} ${apiUrl}/v1/runs`);
  screen.say('');
}
