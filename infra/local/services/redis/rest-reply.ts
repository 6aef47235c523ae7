import type { RespReply } from './resp-parser.ts';

/** The JSON of one item: `{"result":…}` or `{"error":…}`. */
export function itemJson(reply: RespReply, base64: boolean): string {
  if (reply.type === 'error') return errorJson(reply.message);
  return `{"result":${valueJson(reply, base64)}}`;
}

export function errorJson(message: string): string {
  return JSON.stringify({ error: message });
}

/** Integers are written digit by digit; errors inside arrays are never encoded, nor is `OK`. */
function valueJson(reply: RespReply, base64: boolean): string {
  switch (reply.type) {
    case 'null':
      return 'null';
    case 'integer':
      return reply.digits;
    case 'bulk':
      return JSON.stringify(reply.bytes.toString(base64 ? 'base64' : 'utf8'));
    case 'simple':
      return JSON.stringify(base64 && reply.text !== 'OK' ? Buffer.from(reply.text).toString('base64') : reply.text);
    case 'error':
      return JSON.stringify(reply.message);
    case 'array':
      return `[${reply.items.map((item) => valueJson(item, base64)).join(',')}]`;
  }
}
