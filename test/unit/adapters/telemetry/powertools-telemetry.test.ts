import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PowertoolsTelemetry } from '../../../../lib/adapters/telemetry/powertools-telemetry.ts';

let lines: string[];

beforeEach(() => {
  lines = [];
  // The library writes to the streams themselves unless it is told that this is no Lambda.
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    vi.spyOn(console, method).mockImplementation((line: unknown) => void lines.push(String(line)));
  }
});
afterEach(() => vi.unstubAllEnvs());

const written = () => lines.map((line): Record<string, unknown> => JSON.parse(line));

describe('logs', () => {
  it('writes a line of JSON with the fields beside the message', () => {
    new PowertoolsTelemetry('sync').log('warn', 'run ended', { partition: '4433256000013547003', seen: 3 });
    expect(written()).toEqual([
      expect.objectContaining({
        level: 'WARN',
        message: 'run ended',
        service: 'sync',
        partition: '4433256000013547003',
        seen: 3,
      }),
    ]);
  });

  it.each([
    ['POWERTOOLS_LOG_LEVEL', 'ERROR', ['error']],
    ['LOG_LEVEL', 'DEBUG', ['debug', 'info', 'warn', 'error']],
    ['LOG_LEVEL', 'WARN', ['warn', 'error']],
  ])('logs from the level on that %s names: %s', (variable, level, expected) => {
    vi.stubEnv(variable, level);
    const telemetry = new PowertoolsTelemetry('sync');
    for (const each of ['debug', 'info', 'warn', 'error'] as const) telemetry.log(each, each);
    expect(written().map(({ message }) => message)).toEqual(expected);
  });
});

describe('metrics', () => {
  it('writes one line per set of dimensions, with the declared dimensions alone', () => {
    const telemetry = new PowertoolsTelemetry('sync');
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
    const telemetry = new PowertoolsTelemetry('planner');
    telemetry.metric('PlannerCycles', 1, { connection: 'a' });
    telemetry.flush();
    expect(written()).toEqual([emf([[]], { PlannerCycles: 1 })]);
    expect(written()[0]).not.toHaveProperty('connection');
  });

  it('keeps every value of what is not a count, in lines that CloudWatch takes', () => {
    const telemetry = new PowertoolsTelemetry('sync');
    for (let value = 0; value < 250; value += 1)
      telemetry.metric('RunDuration', value, { connection: 'a', stream: 'x' });
    telemetry.flush();
    const values = written().flatMap(({ RunDuration }) => RunDuration);
    expect(values).toEqual(Array.from({ length: 250 }, (_, value) => value));
    for (const line of written())
      expect(line).toMatchObject(emf([['connection', 'stream']], { connection: 'a', stream: 'x' }));
  });

  it('states the unit of each metric', () => {
    const telemetry = new PowertoolsTelemetry('planner');
    telemetry.metric('FreshnessSeconds', 4, { connection: 'a', stream: 'x' });
    telemetry.metric('BudgetUsed', 80, { connection: 'a' });
    telemetry.flush();
    expect(lines.join()).toContain('{"Name":"FreshnessSeconds","Unit":"Seconds"}');
    expect(lines.join()).toContain('{"Name":"BudgetUsed","Unit":"Percent"}');
  });

  it('writes nothing when there is nothing to write, and nothing twice', () => {
    const telemetry = new PowertoolsTelemetry('planner');
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
