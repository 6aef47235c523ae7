/** Where a Redis is and how to enter it. */
export interface RedisTarget {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  readonly database?: number;
}

const DEFAULT_PORT = 6379;

/**
 * Reads `redis://[[user]:password@]host[:port][/database]`.
 * @throws Error when it is anything else; the text does not repeat the URL, which may hold a password
 */
export function parseRedisUrl(url: string): RedisTarget {
  const parsed = URL.parse(url);
  const database = parsed?.pathname.slice(1) ?? '';
  if (parsed === null || parsed.protocol !== 'redis:' || parsed.hostname === '' || !/^\d{0,4}$/.test(database))
    throw new Error('a Redis URL reads redis://[[user]:password@]host[:port][/database]');
  const username = decodeURIComponent(parsed.username);
  const password = decodeURIComponent(parsed.password);
  return {
    host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: parsed.port === '' ? DEFAULT_PORT : Number(parsed.port),
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
    ...(database === '' ? {} : { database: Number(database) }),
  };
}
