import { describe, expect, it } from 'vitest';
import { inPlaceOf, Progress } from '../../../infra/cli/progress.ts';

function placeOf(isTerminal: boolean) {
  const drawn: string[] = [];
  const told: string[] = [];
  let now = 0;
  const io = {
    redraw: isTerminal ? (line: string) => void drawn.push(line) : undefined,
    err: (line: string) => void told.push(line),
    monotonicMs: () => now,
  };
  return { progress: new Progress(io), drawn, told, pass: (ms: number) => (now += ms) };
}

describe('progress', () => {
  it('is a bar on a terminal, with the percentage and the time left by the pace so far, and leaves nothing behind', () => {
    const { progress, drawn, told, pass } = placeOf(true);
    progress.show({ note: 'reading', share: 0.25 });
    pass(60_000);
    progress.show({ note: 'reading', share: 0.5 });
    progress.end();
    expect(drawn).toEqual([
      '[######..................]  25 %  reading',
      '[############............]  50 %, about 2 min left  reading',
      '',
    ]);
    expect(told).toEqual([]);
  });

  it('believes a time left that is known better', () => {
    const { progress, drawn, pass } = placeOf(true);
    progress.show({ note: 'reading', share: 0.25 });
    pass(60_000);
    progress.show({ note: 'reading', share: 0.5, remainingSeconds: 14_400 });
    expect(drawn.at(-1)).toBe('[############............]  50 %, about 4 h left  reading');
  });

  it('is a line for each tenth elsewhere, and one a minute in between', () => {
    const { progress, told, pass } = placeOf(false);
    for (let step = 0; step <= 100; step += 1) progress.show({ note: 'reading', share: step / 400 });
    expect(told.map((line) => line.slice(0, 5))).toEqual(['  0 %', ' 10 %', ' 20 %']);
    pass(60_000);
    progress.show({ note: 'reading', share: 0.25 });
    expect(told).toHaveLength(4);
  });

  it('repeats no line while nobody knows how much there is', () => {
    const { progress, told } = placeOf(false);
    for (const note of ['queued', 'queued', '100 records']) progress.show({ note });
    expect(told).toEqual(['queued', '100 records']);
  });

  it.each([
    [20, 19],
    [0, 79],
  ])('takes one line of a terminal that says it has %i columns', (columns, most) => {
    expect(inPlaceOf('x'.repeat(200), columns)).toBe(`\r\u001b[2K${'x'.repeat(most)}`);
  });
});
