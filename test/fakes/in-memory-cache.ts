import { planPages } from '../../lib/adapters/upstash/apply-pages.ts';
import {
  type ConnectionCycle,
  connectionKey,
  parseConnectionCycle,
  recordsKey,
  type StreamLayout,
  scanKey,
  stampsKey,
} from '../../lib/domain/cache-layout.ts';
import type { PartitionKey } from '../../lib/domain/names.ts';
import { parseStamp } from '../../lib/domain/stamp.ts';
import type { ApplyReply, ApplyRequest, Cache, CachedVersion, Moved } from '../../lib/ports/cache.ts';
import { InMemoryApply } from './in-memory-apply.ts';
import { InMemoryKeys } from './in-memory-keys.ts';

const UNSTAMPED = '00000000000000.000000000000.----------------';

/** The cache's rules without a Redis, over the same keys, so that tests can read, lose and spoil what it holds. */
export class InMemoryCache implements Cache {
  readonly keys = new InMemoryKeys();
  /** Commands a Redis would have billed so far. */
  commands = 0;

  async apply(request: ApplyRequest): Promise<ApplyReply> {
    const { pages, tooLarge } = planPages(request);
    const total = { added: 0, updated: 0, unchanged: 0, superseded: 0, removed: 0, count: 0 };
    const movedFrom: Moved[] = [];
    let commands = 0;
    for (const [index, page] of pages.entries()) {
      const reply = new InMemoryApply(this.keys, request, page, index === 0 ? tooLarge : []).run();
      commands += reply.commands;
      this.commands += reply.commands;
      if (reply.outcome !== 'applied') return { outcome: reply.outcome, commands };
      total.added += reply.added;
      total.updated += reply.updated;
      total.unchanged += reply.unchanged;
      total.superseded += reply.superseded;
      total.removed += reply.removed;
      total.count = reply.count;
      movedFrom.push(...reply.movedFrom);
    }
    return { outcome: 'applied', ...total, movedFrom, tooLarge, commands };
  }

  async unseen(
    key: PartitionKey,
    run: string,
    startOrder: number,
    expectedSeen: number,
    layout: StreamLayout,
  ): Promise<readonly CachedVersion[] | undefined> {
    this.commands += 3;
    const seen = new Set(this.keys.set(scanKey(key, run)));
    seen.delete('#begun');
    if (seen.size < expectedSeen) return undefined;
    const stamps = this.keys.hash(stampsKey(key));
    const records = this.keys.hash(recordsKey(layout.partitionKind, key.partition, key.stream));
    const stamped = [...stamps].filter(([id]) => !id.startsWith('#')).map(([record, stamp]) => ({ record, stamp }));
    const lost = [...records.keys()].filter((id) => !stamps.has(id)).map((record) => ({ record, stamp: UNSTAMPED }));
    return [...stamped, ...(records.size === stamped.length ? [] : lost)].filter(
      ({ record, stamp }) => !seen.has(record) && (parseStamp(stamp)?.order ?? 0) < startOrder,
    );
  }

  async forgetScan(key: PartitionKey, run: string): Promise<void> {
    this.commands += 1;
    this.keys.drop(scanKey(key, run));
  }

  async count(key: PartitionKey, layout: StreamLayout): Promise<number> {
    this.commands += 1;
    return this.keys.hash(recordsKey(layout.partitionKind, key.partition, key.stream)).size;
  }

  async publishCycle(connection: string, cycle: ConnectionCycle): Promise<ConnectionCycle | undefined> {
    this.commands += 1;
    const before = this.keys.text(connectionKey(connection));
    this.keys.setText(connectionKey(connection), JSON.stringify(cycle));
    return before === undefined ? undefined : parseConnectionCycle(before);
  }
}
