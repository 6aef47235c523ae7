import {
  type ConnectionCycle,
  connectionKey,
  parseConnectionCycle,
  recordsKey,
  type StreamLayout,
  scanKey,
} from '../../domain/cache-layout.ts';
import type { PartitionKey } from '../../domain/names.ts';
import type { ApplyReply, ApplyRequest, Cache, CachedVersion } from '../../ports/cache.ts';
import type { CacheAccess } from '../../ports/parameters.ts';
import { planPages } from './apply-pages.ts';
import { applyPage, type PageReply } from './apply-script.ts';
import { RedisAccess } from './redis-access.ts';
import { unexpectedReply } from './redis-failure.ts';
import { findUnseen } from './scan-memory.ts';

export interface UpstashCacheOptions {
  /** For one request, its answer included. @default 5000 */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 5_000;

type Applied = Extract<ApplyReply, { readonly outcome: 'applied' }>;

/** The cache entries in Upstash Redis, over REST. Retries nothing but a refused token, once. */
export class UpstashCache implements Cache {
  readonly #redis: RedisAccess;

  constructor(access: CacheAccess, options: UpstashCacheOptions = {}) {
    this.#redis = new RedisAccess(access, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  }

  /**
   * Billed commands per page of up to 1,000 records: 5 when something changes (script, stamps read, bodies, stamps,
   * meta), + 2 with locators, + 3 when it deletes, + 1 with a scan (+ 1 on its first page), + 1 when bodies are
   * compared. When all is unchanged 2, + 1 with locators, + 1 for a new fence, + 2 when readers are told something new.
   */
  async apply(request: ApplyRequest): Promise<ApplyReply> {
    const { pages, tooLarge } = planPages(request);
    let total: Applied = { ...NOTHING_APPLIED, tooLarge };
    for (const [index, page] of pages.entries()) {
      const seen = index === 0 ? tooLarge : [];
      const reply = await this.#redis.run((client) => applyPage(client, request, page, seen));
      if (reply.outcome !== 'applied') return { ...reply, commands: total.commands + reply.commands };
      total = addReplies(total, reply);
    }
    return total;
  }

  async unseen(
    key: PartitionKey,
    run: string,
    startOrder: number,
    expectedSeen: number,
    layout: StreamLayout,
  ): Promise<readonly CachedVersion[] | undefined> {
    return this.#redis.run((client) => findUnseen(client, { key, run, startOrder, expectedSeen, layout }));
  }

  async forgetScan(key: PartitionKey, run: string): Promise<void> {
    await this.#integer('DEL', scanKey(key, run));
  }

  async count(key: PartitionKey, layout: StreamLayout): Promise<number> {
    return this.#integer('HLEN', recordsKey(layout.partitionKind, key.partition, key.stream));
  }

  async publishCycle(connection: string, cycle: ConnectionCycle): Promise<ConnectionCycle | undefined> {
    return this.#redis.run(async (client) => {
      const before = await client.send(['SET', connectionKey(connection), JSON.stringify(cycle), 'GET']);
      if (before === null) return undefined;
      if (typeof before !== 'string') throw unexpectedReply('SET');
      return parseConnectionCycle(before);
    });
  }

  #integer(command: string, key: string): Promise<number> {
    return this.#redis.run(async (client) => {
      const reply = await client.send([command, key]);
      if (typeof reply !== 'number') throw unexpectedReply(command);
      return reply;
    });
  }
}

const NOTHING_APPLIED: Applied = {
  outcome: 'applied',
  added: 0,
  updated: 0,
  unchanged: 0,
  superseded: 0,
  removed: 0,
  movedFrom: [],
  tooLarge: [],
  count: 0,
  commands: 0,
};

function addReplies(total: Applied, page: Extract<PageReply, { readonly outcome: 'applied' }>): Applied {
  return {
    ...total,
    added: total.added + page.added,
    updated: total.updated + page.updated,
    unchanged: total.unchanged + page.unchanged,
    superseded: total.superseded + page.superseded,
    removed: total.removed + page.removed,
    movedFrom: [...total.movedFrom, ...page.movedFrom],
    count: page.count,
    commands: total.commands + page.commands,
  };
}
