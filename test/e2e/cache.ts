import { startEmbeddedRedis } from '../../infra/local/services/redis/embedded-redis.ts';
import { startUpstashGateway, type UpstashGateway } from '../../infra/local/services/redis/upstash-gateway.ts';

export const REDIS_TOKEN = 'e2e-redis';

/** A database that outlives the host. */
export interface Cache {
  readonly gateway: UpstashGateway;
  close(): Promise<void>;
}

export async function startCache(): Promise<Cache> {
  const redis = await startEmbeddedRedis();
  const gateway = await startUpstashGateway({ token: REDIS_TOKEN, redis });
  return {
    gateway,
    close: async () => {
      await gateway.close();
      await redis.close();
    },
  };
}
