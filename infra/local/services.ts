import { LOCAL_CREDENTIALS } from './lambda/environment.ts';
import { randomToken } from './resources/parameters.ts';
import { type EmbeddedDynamoDb, startEmbeddedDynamoDb } from './services/dynamodb/embedded-dynamodb.ts';
import { startEmbeddedRedis } from './services/redis/embedded-redis.ts';
import { startUpstashGateway } from './services/redis/upstash-gateway.ts';
import { type EmbeddedS3, startEmbeddedS3 } from './services/s3/embedded-s3.ts';
import { type EmbeddedSqs, startEmbeddedSqs } from './services/sqs/embedded-sqs.ts';
import { type EmbeddedSsm, startEmbeddedSsm } from './services/ssm/embedded-ssm.ts';

/** A serverless Redis, wherever it is. */
export interface RedisEndpoint {
  readonly url: string;
  readonly token: string;
  /** Commands that were billed, or would have been; `undefined` where only the vendor knows. */
  billedCommands(): Promise<number | undefined>;
}

/** What the functions call besides their sources. */
export interface LocalServices {
  readonly dynamodb: EmbeddedDynamoDb;
  readonly sqs: EmbeddedSqs;
  readonly ssm: EmbeddedSsm;
  readonly s3: EmbeddedS3;
  readonly redis: RedisEndpoint;
  close(): Promise<void>;
}

export interface ServicesOptions {
  readonly region: string;
  /** Directory that keeps the tables over a restart. @default memory only */
  readonly dataDir?: string;
  /** A Redis to use in place of the embedded one: `redis://…`. */
  readonly redisUrl?: string;
  /** A real database to use in place of any Redis here. */
  readonly upstash?: { readonly url: string; readonly token: string };
  /** No message is delayed by more, so that a test need not wait for what is put off. @default SQS's own limit */
  readonly longestDelaySeconds?: number;
}

interface Closeable {
  close(): Promise<void>;
}

/** Starts them all; when one cannot start, those that did are stopped again. */
export async function startServices(options: ServicesOptions): Promise<LocalServices> {
  const started: Closeable[] = [];
  const keep = <C extends Closeable>(service: C): C => {
    started.unshift(service);
    return service;
  };
  const close = async (): Promise<void> => {
    for (const service of started) await service.close();
  };
  try {
    const dynamodb = keep(
      await startEmbeddedDynamoDb(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
    );
    const { region, longestDelaySeconds } = options;
    // One by one: what else the caller's options hold, a port for one, is not meant for this service.
    const sqs = keep(
      await startEmbeddedSqs({ region, ...(longestDelaySeconds === undefined ? {} : { longestDelaySeconds }) }),
    );
    const ssm = keep(await startEmbeddedSsm());
    const s3 = keep(await startEmbeddedS3({ region, ...LOCAL_CREDENTIALS }));
    const redis = await startRedis(options, keep);
    return { dynamodb, sqs, ssm, s3, redis, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startRedis(
  { redisUrl, upstash }: ServicesOptions,
  keep: <C extends Closeable>(service: C) => C,
): Promise<RedisEndpoint> {
  if (upstash !== undefined) return { ...upstash, billedCommands: async () => undefined };
  const token = randomToken();
  const redis = redisUrl ?? keep(await startEmbeddedRedis());
  const gateway = keep(await startUpstashGateway({ token, redis }));
  return { url: gateway.url, token, billedCommands: () => gateway.billedCommands() };
}
