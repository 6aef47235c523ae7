import { startEmbeddedRedis } from '../../infra/local/services/redis/embedded-redis.ts';
import { startUpstashGateway, type UpstashGateway } from '../../infra/local/services/redis/upstash-gateway.ts';
import { hasRedisServer, startRealRedis } from '../support/real-redis.ts';
import { cacheContract, type OpenHarness } from './cache.contract.ts';
import { inMemoryHarness, upstashHarness } from './cache-harness.ts';

const TOKEN = 'contract';
const DEEP = process.env.TIDEMARK_DEEP === '1';

cacheContract('in memory', async () => ({ harness: inMemoryHarness(), close: async () => {} }));

cacheContract('Upstash adapter on the embedded Redis', async () => {
  const redis = await startEmbeddedRedis();
  return behind(await startUpstashGateway({ token: TOKEN, redis }), redis);
});

cacheContract(
  'Upstash adapter on redis-server (TIDEMARK_DEEP=1, and one on the PATH)',
  async () => {
    const redis = await startRealRedis();
    return behind(await startUpstashGateway({ token: TOKEN, redis: { host: redis.host, port: redis.port } }), redis);
  },
  !DEEP || !hasRedisServer(),
);

function behind(gateway: UpstashGateway, redis: { close(): Promise<void> }): OpenHarness {
  return {
    harness: upstashHarness(gateway.url, TOKEN, () => gateway.billedCommands()),
    close: async () => {
      await gateway.close();
      await redis.close();
    },
  };
}
