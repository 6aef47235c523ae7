/** Something a guide tells its reader to do. */
export type GuideStep =
  /** A new file with this text. */
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  /** Lines of a file that become others. */
  | { readonly kind: 'change'; readonly path: string; readonly before: string; readonly after: string }
  | { readonly kind: 'command'; readonly command: string };

const FENCE = /^```(\w+)(?: file=(\S+))?\n([\s\S]*?)^```$/gm;

/** The steps of a guide, from its fenced blocks: `ts file=…` is a file, `diff file=…` a change, `sh` a command a line. */
export function stepsOf(guide: string): readonly GuideStep[] {
  return [...guide.matchAll(FENCE)].flatMap(([, language, path, text = '']): readonly GuideStep[] => {
    if (language === 'sh') {
      const commands = text.split('\n').filter((line) => line.trim() !== '');
      return commands.map((command) => ({ kind: 'command', command }));
    }
    if (path === undefined) return [];
    return [language === 'diff' ? changeOf(path, text) : { kind: 'file', path, text }];
  });
}

function changeOf(path: string, text: string): GuideStep {
  const lines = text.split('\n').slice(0, -1);
  const side = (left: string): string =>
    lines.flatMap((line) => (line[0] === left ? [] : [`${line.slice(1)}\n`])).join('');
  return { kind: 'change', path, before: side('+'), after: side('-') };
}
