import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CycleLines } from '../../../infra/local/start/cycle-lines.ts';

let said: string[];
let lines: CycleLines;

beforeEach(() => {
  vi.useFakeTimers();
  said = [];
  const say = (line: string): void => {
    said.push(line.replace(/^ {2}\d\d:\d\d:\d\d {2}/, '').replace(/ +/g, ' '));
  };
  lines = new CycleLines({ color: false, say, complain: say });
});

afterEach(() => {
  lines.close();
  vi.useRealTimers();
});

function hear(content: object | string, stream: 'stdout' | 'stderr' = 'stdout'): void {
  lines.hear({ function: 'Sync', stream, line: typeof content === 'string' ? content : JSON.stringify(content) });
}

function log(message: string, more: object = {}): void {
  hear({ level: 'INFO', message, connection: 'main', stream: 'registrations', ...more });
}

function metrics(values: object): void {
  hear({ _aws: {}, connection: 'main', ...values });
}

describe('the lines of npm start', () => {
  it('tell an idle cycle', () => {
    log('cycle ended', { pages: 1, records: 0, partitions: 0 });
    metrics({ SourceCalls: 1 });
    metrics({ stream: 'registrations', FreshnessSeconds: [40, 31] });
    vi.advanceTimersByTime(300);
    expect(said).toEqual(['main/registrations 1 source call nothing changed watermark 31 s old']);
  });

  it('tell a cycle with changes once its partitions are done, and each change once', () => {
    for (const updated of [3, 4]) {
      log('cycle ended', { pages: 1, records: updated, partitions: 2 });
      metrics({ SourceCalls: 1 });
      log('run ended', { task: 'apply', outcome: 'succeeded' });
      vi.advanceTimersByTime(1_000);
      log('run ended', { task: 'apply', outcome: 'succeeded' });
      metrics({ stream: 'registrations', RecordsAdded: 0, RecordsUpdated: updated, RecordsRemoved: 1 });
      vi.advanceTimersByTime(300);
    }
    expect(said).toEqual([
      'main/registrations 1 source call 3 updated, 1 removed in 2 partitions',
      'main/registrations 1 source call 4 updated, 1 removed in 2 partitions',
    ]);
  });

  it('tell a cycle all the same when a partition never ends', () => {
    log('cycle ended', { pages: 1, records: 5, partitions: 1 });
    vi.advanceTimersByTime(10_000);
    expect(said).toEqual(['main/registrations 0 source calls all unchanged in 1 partition']);
  });

  it('tell how a whole read goes, and leave its records out of the next cycle', () => {
    log('cycle ended', { pages: 0 });
    log('walk page written', { seen: 1_000 });
    log('run ended', { task: 'walk', seen: 1_000, outcome: 'succeeded' });
    metrics({ SourceCalls: 1 });
    metrics({ stream: 'registrations', RecordsAdded: 1_000 });
    vi.advanceTimersByTime(300);
    log('cycle ended', { pages: 1, records: 0 });
    vi.advanceTimersByTime(300);
    expect(said).toEqual([
      'main/registrations reading everything: 1,000 records so far',
      'main/registrations 1 source call everything read: 1,000 records, succeeded',
      'main/registrations 0 source calls nothing changed',
    ]);
  });

  it('tell what an audit found and repaired, and leave its part out of the cycles', () => {
    log('cycle ended', { pages: 1, records: 2, partitions: 2 });
    log('run ended', { task: 'audit', partition: '*audit:*', outcome: 'partial' });
    log('audit ended', { level: 'ERROR', missing: 64, stale: 0, extra: 30, corrupt: 1, heldDeletions: 30 });
    metrics({ SourceCalls: 5 });
    metrics({ stream: 'registrations', DriftRepaired: [60, 5] });
    vi.advanceTimersByTime(300);
    log('audit ended', { missing: 0, stale: 0, extra: 0, corrupt: 0, heldDeletions: 0 });
    vi.advanceTimersByTime(300);
    expect(said).toEqual([
      'main/registrations 5 source calls compared with the source: 64 missing, 30 extra, 1 corrupt, 65 repaired, 30 deletions held',
      'main/registrations 0 source calls compared with the source: no difference',
    ]);
  });

  it('tell a whole read of a partition with its own calls, and its records once', () => {
    log('run ended', { task: 'full', partition: '7', seen: 60, pages: 2, calls: 2, added: 60, outcome: 'succeeded' });
    metrics({ SourceCalls: 5 });
    metrics({ stream: 'registrations', RecordsAdded: 60, RecordsUpdated: 0 });
    vi.advanceTimersByTime(2_000);
    log('run ended', { task: 'window', partition: '7', pages: 1, calls: 1, updated: 1, outcome: 'succeeded' });
    metrics({ SourceCalls: 1 });
    metrics({ stream: 'registrations', RecordsUpdated: 1 });
    vi.advanceTimersByTime(2_000);
    log('cycle ended', { pages: 1, records: 0 });
    vi.advanceTimersByTime(300);
    expect(said).toEqual([
      'main/registrations/7 2 source calls whole partition read: 60 records, succeeded',
      'main/registrations 1 source call 1 updated in 1 partition',
      'main/registrations 3 source calls nothing changed',
    ]);
  });

  it('tell what changed in partitions that are asked one by one, though its metrics come late', () => {
    for (const [partition, added] of [
      ['7', 2],
      ['8', 0],
    ]) {
      log('run ended', {
        task: 'window',
        partition,
        pages: 1,
        seen: 2,
        calls: 1,
        added,
        updated: 1,
        outcome: 'succeeded',
      });
    }
    vi.advanceTimersByTime(1_500);
    metrics({ stream: 'registrations', RecordsAdded: 2, RecordsUpdated: 2 });
    log('run ended', { task: 'window', partition: '7', pages: 1, calls: 1, outcome: 'succeeded' });
    vi.advanceTimersByTime(1_500);
    expect(said).toEqual([
      'main/registrations 2 source calls 2 added, 2 updated in 2 partitions',
      'main/registrations 1 source call nothing changed in 1 partition',
    ]);
  });

  it('call nothing unchanged that could not be asked, or only asked to be read whole', () => {
    log('run ended', { level: 'WARN', task: 'window', partition: '7', pages: 0, outcome: 'failed' });
    metrics({ SourceCalls: 1 });
    vi.advanceTimersByTime(2_000);
    expect(said).toEqual([]);
  });

  it('tell of an imported file how many rows it had and how it ended', () => {
    log('import ended', { level: 'WARN', seen: 3, added: 2, outcome: 'partial' });
    expect(said).toEqual(['main/registrations file imported: 3 rows, 2 added, partial']);
  });

  it('tell trouble with its codes and reasons, and no other field', () => {
    log('task failed', { level: 'ERROR', partition: '7', code: 'bad', reason: 'so', email: 'a@b.c' });
    log('webhook refused', { level: 'WARN', problem: 'the signature is wrong' });
    hear('Segmentation fault', 'stderr');
    hear('debugging', 'stdout');
    expect(said).toEqual([
      'main/registrations/7: task failed: bad; so',
      'main/registrations: webhook refused: the signature is wrong',
      'Sync: Segmentation fault',
    ]);
  });
});
