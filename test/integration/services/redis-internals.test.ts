import { RedisServerState } from 'js-redis-server/core';
import { describe, expect, it } from 'vitest';
import { spareCopies } from '../../../infra/local/services/redis/spare-copies.ts';
import { wholeCommands } from '../../../infra/local/services/redis/whole-commands.ts';

function encode(command: readonly string[]): string {
  return `*${command.length}\r\n${command.map((text) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`).join('')}`;
}

async function* inPiecesOf(size: number, bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('wholeCommands', () => {
  const commands = [['SET', 'k', '*2\r\n$3\r\n'], ['PING'], ['EVAL', 'return "é"', '0', ''], ['GET', 'x'.repeat(40)]];
  const stream = Buffer.from(`${commands.map(encode).join('')}PING\r\n`);
  const lengths = [...commands.map(encode), 'PING\r\n'].map((text) => Buffer.byteLength(text));
  const ends = lengths.map((_, index) => lengths.slice(0, index + 1).reduce((sum, length) => sum + length));

  async function chunksOf(size: number): Promise<Buffer[]> {
    const chunks: Buffer[] = [];
    for await (const chunk of wholeCommands(inPiecesOf(size, stream))) chunks.push(chunk);
    return chunks;
  }

  it('passes every byte on in order, in chunks that end where a command ends, wherever they were cut', async () => {
    for (let size = 1; size <= stream.length; size += 1) {
      const chunks = await chunksOf(size);
      expect(Buffer.concat(chunks)).toEqual(stream);
      let at = 0;
      for (const chunk of chunks) {
        at += chunk.length;
        expect(ends).toContain(at);
      }
    }
  });

  it('passes a command on as soon as it is complete, without waiting for the next', async () => {
    expect(await chunksOf(1)).toHaveLength(ends.length);
  });
});

describe('spareCopies', () => {
  function databaseWithHash() {
    const state = new RedisServerState({ activeExpiryIntervalMs: false });
    const database = state.getDatabase(0);
    spareCopies(database);
    const key = Buffer.from('h');
    const field = Buffer.from('f');
    const write = (value: string) => database.updateHash(key, (hash) => hash.setField(field, Buffer.from(value)));
    return { database, key, write };
  }

  it('announces writes without the value', () => {
    const { database, write } = databaseWithHash();
    const seen: unknown[] = [];
    database.mutations.subscribe((event) => seen.push(event));
    write('x'.repeat(1000));
    expect(seen).toMatchObject([
      { type: 'write', key: Buffer.from('h'), value: { type: 'string', value: Buffer.alloc(0) } },
    ]);
  });

  it('copies a hash each time it is looked into, and not before', () => {
    const { database, key, write } = databaseWithHash();
    write('old');
    const hash = database.getHash(key);
    write('new');
    expect([...(hash?.fields.values() ?? [])].map(({ value }) => value.toString())).toEqual(['new']);
    hash?.fields.clear();
    expect(database.getHash(key)?.fields.size).toBe(1);
  });

  it('answers for other keys as before', () => {
    const { database } = databaseWithHash();
    expect(database.getHash(Buffer.from('absent'))).toBeNull();
    database.setString(Buffer.from('s'), Buffer.from('x'));
    expect(() => database.getHash(Buffer.from('s'))).toThrow('wrong kind of value');
  });
});
