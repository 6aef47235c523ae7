import { describe, expect, it } from 'vitest';
import { LANES, laneOf } from '../../../lib/domain/task.ts';

describe('the lane of a task', () => {
  it('is the one it was sent on, where answers come at once', () => {
    for (const lane of LANES) {
      expect(laneOf({ task: 'window' }, {}, lane)).toBe(lane);
      expect(laneOf({ task: 'full' }, { slow: false }, lane)).toBe(lane);
    }
  });

  it.each(['apply', 'window', 'full', 'walk', 'audit', 'hint'] as const)(
    'is the slow one for %s, where answers take minutes',
    (task) => {
      for (const lane of LANES) expect(laneOf({ task }, { slow: true }, lane)).toBe('slow');
    },
  );

  it.each(['plan', 'drop', 'import'] as const)('is the one it was sent on for %s, which reads no records', (task) => {
    for (const lane of LANES) expect(laneOf({ task }, { slow: true }, lane)).toBe(lane);
  });
});
