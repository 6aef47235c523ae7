import type { Command } from './resp-connection.ts';

/** What an HTTP request asks. */
export type RestRequest =
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'pipeline' | 'multi-exec'; readonly commands: readonly Command[] }
  | { readonly kind: 'unreadable'; readonly error: string };

const UNREADABLE: RestRequest = { kind: 'unreadable', error: 'ERR failed to parse the request body' };

/** Reads the three forms: JSON array to `/`, array of arrays to `/pipeline` or `/multi-exec`, and command in the path. */
export function parseRestRequest(url: URL, body: Buffer): RestRequest {
  const path = url.pathname.split('/').filter((segment) => segment !== '');
  const [first] = path;
  if (first === 'pipeline' || first === 'multi-exec') return parseBatch(first, body);
  if (first !== undefined) return parsePath(path, url.searchParams, body);
  const command = parseCommand(parseJson(body));
  return command === undefined ? UNREADABLE : { kind: 'command', command };
}

function parseBatch(kind: 'pipeline' | 'multi-exec', body: Buffer): RestRequest {
  const json = parseJson(body);
  if (!Array.isArray(json) || json.length === 0) return UNREADABLE;
  const commands: Command[] = [];
  for (const item of json) {
    const command = parseCommand(item);
    if (command === undefined) return UNREADABLE;
    commands.push(command);
  }
  return { kind, commands };
}

/** `/set/key/value?EX=100`; a body becomes the argument between the path and the query. */
function parsePath(path: readonly string[], query: URLSearchParams, body: Buffer): RestRequest {
  const options = [...query].filter(([name]) => name !== '_token');
  const segments = decodeSegments(path);
  if (segments === undefined) return { kind: 'unreadable', error: 'ERR failed to parse the path' };
  const command = [
    ...segments,
    ...(body.length === 0 ? [] : [body.toString()]),
    ...options.flatMap(([name, value]) => (value === '' ? [name] : [name, value])),
  ];
  return { kind: 'command', command };
}

function decodeSegments(path: readonly string[]): string[] | undefined {
  try {
    return path.map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

function parseCommand(json: unknown): Command | undefined {
  if (!Array.isArray(json) || json.length === 0) return undefined;
  return json.map((argument) => {
    if (typeof argument === 'string') return argument;
    return typeof argument === 'object' ? JSON.stringify(argument) : String(argument);
  });
}
