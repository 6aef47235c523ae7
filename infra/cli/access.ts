import * as z from 'zod';
import { CliError, type CliIo, EXIT } from './io.ts';
import type { CliOptions } from './options.ts';

export interface Access {
  /** Without a slash at the end. */
  readonly url: string;
  readonly token: string;
}

const ENDPOINTS_FILE = '.local/endpoints.json';
const endpoints = z.object({ api: z.object({ url: z.string(), token: z.string() }) });

/**
 * Where the API is and how to enter it: options, then variables, then the local system's file. A token goes only to
 * the address it was given with: the file's token never leaves for another one.
 * @throws CliError when something is missing, or the address would show the token to the network
 */
export function findAccess(options: CliOptions, io: CliIo): Access {
  const url = options.url ?? io.env.TIDEMARK_URL;
  const token = options.token ?? io.env.TIDEMARK_TOKEN;
  if (url !== undefined && token !== undefined) return { url: checkedUrl(url), token: checkedToken(token) };
  const local = readEndpoints(io);
  if (url === undefined && local !== undefined) {
    return { url: checkedUrl(local.url), token: checkedToken(token ?? local.token) };
  }
  const missing = url === undefined ? 'TIDEMARK_URL (or --url)' : 'TIDEMARK_TOKEN (or --token)';
  throw new CliError(EXIT.usage, `Set ${missing}, or start the local system with "npm start".`);
}

function readEndpoints(io: CliIo): Access | undefined {
  const text = io.readFile(ENDPOINTS_FILE);
  if (text === undefined) return undefined;
  try {
    return endpoints.parse(JSON.parse(text)).api;
  } catch {
    throw new CliError(EXIT.usage, `${ENDPOINTS_FILE} cannot be read: start the local system again.`);
  }
}

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

function checkedUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null) throw new CliError(EXIT.usage, 'The address of the API is not a URL.');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.test(url.hostname))) {
    throw new CliError(
      EXIT.usage,
      'The address of the API must begin with https://: the token would be readable on the way.',
    );
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

function checkedToken(token: string): string {
  if (!/^[A-Za-z0-9._~+/-]+=*$/.test(token)) throw new CliError(EXIT.usage, 'The token has characters no token has.');
  return token;
}
