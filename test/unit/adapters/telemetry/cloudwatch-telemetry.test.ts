import { describe, expect, it, vi } from 'vitest';
import { CloudWatchTelemetry } from '../../../../lib/adapters/telemetry/cloudwatch-telemetry.ts';
import { instantFromMs } from '../../../../lib/domain/instant.ts';
import { LOG_LEVELS, type LogLevel } from '../../../../lib/ports/telemetry.ts';
import { ManualClock } from '../../../fakes/manual-clock.ts';

const NOW = instantFromMs(1_795_243_620_000);

function listen(leastLevel: LogLevel = 'info') {
  const lines: string[] = [];
  const clock = new ManualClock(NOW);
  const telemetry = new CloudWatchTelemetry({ service: 'sync', leastLevel, clock, write: (line) => lines.push(line) });
  return { telemetry, lines, written: () => lines.map((line): Record<string, unknown> => JSON.parse(line)) };
}

describe('logs', () => {
  it('writes a line of JSON with the fields beside the message', () => {
    const { telemetry, lines } = listen();
    telemetry.log('warn', 'run ended', { partition: '4433256000013547003', seen: 3, cursor: undefined });
    expect(lines).toEqual([
      '{"level":"WARN","message":"run ended","timestamp":"2026-11-21T06:47:00.000Z","service":"sync",' +
        '"partition":"4433256000013547003","seen":3}',
    ]);
  });

  it.each([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['info', ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
  ] as const)('logs from the level %s on', (least, expected) => {
    const { telemetry, written } = listen(least);
    for (const each of LOG_LEVELS) telemetry.log(each, each);
    expect(written().map(({ message }) => message)).toEqual(expected);
  });

  it('writes whole lines to the output of the process, with nothing before them', () => {
    const seen: unknown[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => seen.push(text) > 0);
    new CloudWatchTelemetry({ service: 'sync', leastLevel: 'info', clock: new ManualClock(NOW) }).log('info', 'a\nb');
    expect(seen).toEqual([expect.stringMatching(/^\{"level":"INFO","message":"a\\nb".*\}\n$/)]);
  });
});

describe('metrics', () => {
  it('writes one line per set of dimensions, with the declared dimensions alone', () => {
    const { telemetry, lines, written } = listen();
    telemetry.metric('RecordsAdded', 2, { connection: 'a', stream: 'x' });
    telemetry.metric('RecordsAdded', 3, { connection: 'a', stream: 'x' });
    telemetry.metric('RecordsUpdated', 1, { connection: 'a', stream: 'x' });
    telemetry.metric('RecordsAdded', 5, { connection: 'b', stream: 'x' });
    telemetry.metric('SourceCalls', 1, { connection: 'a', stream: 'x' });
    expect(lines).toEqual([]);
    telemetry.flush();
    expect(written()).toEqual([
      emf([['connection', 'stream']], { connection: 'a', stream: 'x', RecordsAdded: 5, RecordsUpdated: 1 }),
      emf([['connection', 'stream']], { connection: 'b', stream: 'x', RecordsAdded: 5 }),
      emf([['connection']], { connection: 'a', SourceCalls: 1 }),
    ]);
    expect(written().every((line) => !('service' in line))).toBe(true);
  });

  it('writes a metric without dimensions as one empty set of them', () => {
    const { telemetry, written } = listen();
    telemetry.metric('PlannerCycles', 1, { connection: 'a' });
    telemetry.flush();
    expect(written()).toEqual([emf([[]], { PlannerCycles: 1 })]);
    expect(written()[0]).not.toHaveProperty('connection');
  });

  it('keeps every value of what is not a count, in lines that CloudWatch takes', () => {
    const { telemetry, written } = listen();
    for (let value = 0; value < 250; value += 1)
      telemetry.metric('RunDuration', value, { connection: 'a', stream: 'x' });
    telemetry.flush();
    const values = written().flatMap(({ RunDuration }) => RunDuration);
    expect(values).toEqual(Array.from({ length: 250 }, (_, value) => value));
    expect(written().map(({ RunDuration }) => Array.isArray(RunDuration) && RunDuration.length)).toEqual([
      100, 100, 50,
    ]);
    for (const line of written())
      expect(line).toMatchObject(emf([['connection', 'stream']], { connection: 'a', stream: 'x' }));
  });

  it('states the unit of each metric', () => {
    const { telemetry, lines } = listen();
    telemetry.metric('FreshnessSeconds', 4, { connection: 'a', stream: 'x' });
    telemetry.metric('BudgetUsed', 80, { connection: 'a' });
    telemetry.flush();
    expect(lines.join()).toContain('{"Name":"FreshnessSeconds","Unit":"Seconds"}');
    expect(lines.join()).toContain('{"Name":"BudgetUsed","Unit":"Percent"}');
  });

  it('writes nothing when there is nothing to write, and nothing twice', () => {
    const { telemetry, lines } = listen();
    telemetry.flush();
    telemetry.metric('PlannerCycles', 1);
    telemetry.flush();
    telemetry.flush();
    expect(lines).toHaveLength(1);
  });
});

function emf(dimensions: readonly (readonly string[])[], fields: Record<string, unknown>) {
  const directive = expect.objectContaining({ Namespace: 'Tidemark', Dimensions: dimensions });
  return expect.objectContaining({ _aws: expect.objectContaining({ CloudWatchMetrics: [directive] }), ...fields });
}
