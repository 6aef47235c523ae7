/**
 * A Lua script as Redis is sent it, and as its digest is taken of: without lines of comments and without indentation,
 * which are a third of it and of no use there. Tests run the same text. The first line, which begins with `#!`, stays.
 * @throws Error when the script has long brackets, in which such lines could be text
 */
export function luaText(source: string): string {
  if (/\[=*\[/.test(source))
    throw new Error('write no long brackets in scripts: lines within them may look like comments');
  return source.replace(/^[ \t]+/gm, '').replace(/^--.*\n/gm, '');
}
