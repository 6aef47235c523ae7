import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { routeTable } from '../../functions/api/routes/table.ts';
import { parseConnection } from '../../lib/config/connection.ts';
import { manual } from '../../lib/sources/manual/manual.ts';
import { zohoCreator } from '../../lib/sources/zoho-creator/zoho-creator.ts';
import { ApiWorld } from '../unit/api/api-world.ts';
import { articlesOf, blocksOf, linksOf, readDocument, requestsOf } from './support/documents.ts';
import { ROOT } from './support/root.ts';

const runbook = readDocument('docs/runbook.md');
const deploy = readDocument('docs/deploy.md');
const imports = readDocument('docs/manual-imports.md');

describe('the commands in the guides', () => {
  const routes = routeTable(new ApiWorld().dependencies).map(
    ({ method, path }) => new RegExp(`^${method} ${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  );

  it.each([...new Set([...requestsOf(runbook), ...requestsOf(deploy), ...requestsOf(imports)])])(
    'ask for a route that is there: %s',
    (request) => {
      expect(routes.some((route) => route.test(request))).toBe(true);
    },
  );

  it('are looked at', () => {
    expect(requestsOf(runbook).length).toBeGreaterThan(20);
    expect(requestsOf('curl "$TIDEMARK_URL/v1/none" and curl -H "$AUTH" -X POST "$TIDEMARK_URL/v1/x?a=b"')).toEqual([
      'GET /v1/none',
      'POST /v1/x',
    ]);
  });
});

describe('the links in the guides', () => {
  it.each([
    'README.md',
    'docs/runbook.md',
    'docs/deploy.md',
    'docs/correctness.md',
    'docs/faults.md',
    'docs/what-it-does.md',
  ])('of %s lead to a file and a heading that are there', (guide) => {
    const links = linksOf(readDocument(guide));
    expect(links.length).toBeGreaterThan(1);
    const dead = links.filter(({ path, anchor }) => {
      const target = path === '' ? guide : posix.join(posix.dirname(guide), path);
      if (!existsSync(join(ROOT, target))) return true;
      return anchor !== undefined && !articlesOf(readDocument(target)).has(anchor);
    });
    expect(dead).toEqual([]);
  });
});

describe('the parameters in the deploy guide', () => {
  it('are what the functions accept', () => {
    const [redis = '', connection = ''] = blocksOf(deploy, 'json');
    expect(Object.keys(JSON.parse(redis))).toEqual(['url', 'token']);
    const parsed = parseConnection('main', connection);
    if ('problems' in parsed) throw new Error(parsed.problems.join('; '));
    expect(zohoCreator.problems(parsed, { allowLoopback: false })).toEqual([]);
  });

  it('for imports are what the functions accept', () => {
    const parsed = parseConnection('desk', blocksOf(imports, 'json')[0] ?? '');
    if ('problems' in parsed) throw new Error(parsed.problems.join('; '));
    expect(manual.problems(parsed, { allowLoopback: false })).toEqual([]);
  });
});
