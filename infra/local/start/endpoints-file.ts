import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { LocalHost } from '../host.ts';

export const ENDPOINTS_FILE = '.local/endpoints.json';

/**
 * Tells other programs on this machine where everything is and how to enter it. Readable by its owner alone.
 * @param simulators kind of source → base URL
 * @returns how to take it back, unless another start has written its own meanwhile
 */
export function writeEndpoints(
  { apiUrl, tokens, endpoints }: LocalHost,
  simulators: Readonly<Record<string, { readonly url: string }>>,
): () => void {
  const content = {
    api: { url: apiUrl, token: tokens.operate, readToken: tokens.read },
    redis: endpoints.redis,
    dynamodb: { url: endpoints.dynamodb },
    sqs: { url: endpoints.sqs },
    simulators,
  };
  const text = `${JSON.stringify(content, undefined, 2)}\n`;
  mkdirSync(dirname(ENDPOINTS_FILE), { recursive: true });
  // A file that is there keeps its mode: it is written anew.
  rmSync(ENDPOINTS_FILE, { force: true });
  writeFileSync(ENDPOINTS_FILE, text, { mode: 0o600 });
  return () => {
    if (readIfThere() === text) rmSync(ENDPOINTS_FILE, { force: true });
  };
}

function readIfThere(): string | undefined {
  try {
    return readFileSync(ENDPOINTS_FILE, 'utf8');
  } catch {
    return undefined;
  }
}
