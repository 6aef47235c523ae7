import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.ts';

export function readDocument(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The text below each heading of the second level, by the anchor the heading has. */
export function articlesOf(markdown: string): ReadonlyMap<string, string> {
  const [, ...articles] = markdown.split(/^## /m);
  return new Map(
    articles.map((article) => {
      const [heading = ''] = article.split('\n', 1);
      return [heading.toLowerCase().replaceAll(' ', '-'), article.slice(heading.length)] as const;
    }),
  );
}

/** The fenced blocks of a language. */
export function blocksOf(markdown: string, language: string): readonly string[] {
  return [...markdown.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(([, found, block = '']) =>
    found === language ? [block] : [],
  );
}

/** The requests that a document's curl lines make, as `POST /v1/check/main`. */
export function requestsOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/curl ([^\n`]*?)"\$TIDEMARK_URL(\/[^"?]*)/g)].map(
    ([, options = '', path]) => `${/-X (\w+)/.exec(options)?.[1] ?? 'GET'} ${path}`,
  );
}

/** Where a document's links lead inside the repository; an empty path is the document itself. */
export function linksOf(markdown: string): readonly { readonly path: string; readonly anchor: string | undefined }[] {
  return [...markdown.matchAll(/\]\((?!https?:)([^)#]*)(?:#([a-z-]+))?\)/g)].map(([, path = '', anchor]) => ({
    path,
    anchor,
  }));
}
