import { describe, expect, it } from 'vitest';
import { ENVIRONMENT_VARIABLES, LOG_LEVEL_VARIABLE } from '../../../lib/config/environment.ts';
import { readEnvironment } from '../../../lib/config/read-environment.ts';

const VARIABLES = { ...Object.fromEntries(ENVIRONMENT_VARIABLES.map((name) => [name, name])), POLICY: '{}' };

describe('the environment', () => {
  it.each([
    ['DEBUG', 'debug'],
    ['warn', 'warn'],
    ['LOUD', 'info'],
    [undefined, 'info'],
  ])('says by %s that the least level that is logged is %s', (given, level) => {
    expect(readEnvironment({ ...VARIABLES, [LOG_LEVEL_VARIABLE]: given }).logLevel).toBe(level);
  });

  it('names every variable that is missing', () => {
    const { STAGE: _stage, POLICY: _policy, ...some } = VARIABLES;
    expect(() => readEnvironment(some)).toThrow('environment variables are missing: STAGE, POLICY');
  });
});
