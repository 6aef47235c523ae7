import { describe, expect, it } from 'vitest';
import { luaText } from '../../infra/bundling/lua-text.ts';

describe('the text of a script', () => {
  it('leaves out lines of comments and indentation, and nothing else', () => {
    const source = [
      '#!lua flags=allow-key-locking',
      '-- Counts.',
      '--',
      'local count = 0 -- kept: it stands behind code',
      '  -- each',
      '  for _, key in ipairs(KEYS) do',
      '\tcount = count - -1',
      "  redis.call('SET', key, '-- no comment')",
      'end',
      '',
    ].join('\n');
    expect(luaText(source)).toBe(
      [
        '#!lua flags=allow-key-locking',
        'local count = 0 -- kept: it stands behind code',
        'for _, key in ipairs(KEYS) do',
        'count = count - -1',
        "redis.call('SET', key, '-- no comment')",
        'end',
        '',
      ].join('\n'),
    );
  });

  it.each(['local text = [[\n-- text\n]]', 'local text = [==[\n-- text\n]==]', '--[[ one comment\n of lines ]]'])(
    'refuses long brackets: %j',
    (source) => expect(() => luaText(source)).toThrow('long brackets'),
  );
});
