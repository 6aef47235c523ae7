/** A path pattern and what was found in a path. */
export interface RouteMatch<R> {
  readonly route: R;
  /** Decoded. */
  readonly pathParameters: Readonly<Record<string, string>>;
}

interface Compiled<R> {
  readonly route: R;
  readonly method: string;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly rank: number;
}

const METHOD_ANY_RANK = 1;
const GREEDY_RANK = 1_000;
const DEFAULT_RANK = 1_000_000;

/** Finds the most specific route: a full match before `{proxy+}` before `$default`, a method before `ANY`. */
export class RouteTable<R extends { readonly routeKey: string }> {
  readonly #routes: readonly Compiled<R>[];

  constructor(routes: readonly R[]) {
    this.#routes = routes.map(compile).toSorted((a, b) => a.rank - b.rank);
  }

  /** @param path as sent, still encoded. @throws URIError when a part cannot be decoded */
  find(method: string, path: string): RouteMatch<R> | undefined {
    for (const { route, method: wanted, pattern, names } of this.#routes) {
      const match = wanted === 'ANY' || wanted === method ? pattern.exec(path) : null;
      if (match === null) continue;
      const values = match.slice(1).map((part) => decodeURIComponent(part));
      return { route, pathParameters: Object.fromEntries(names.map((name, index) => [name, values[index] ?? ''])) };
    }
    return undefined;
  }
}

function compile<R extends { readonly routeKey: string }>(route: R): Compiled<R> {
  if (route.routeKey === '$default') return { route, method: 'ANY', pattern: /^/, names: [], rank: DEFAULT_RANK };
  const [method = 'ANY', path = '/'] = route.routeKey.split(' ');
  const names: string[] = [];
  let rank = method === 'ANY' ? METHOD_ANY_RANK : 0;
  const parts = path.split('/').map((part) => {
    const [, name, greedy] = /^\{([^}+]+)(\+?)\}$/.exec(part) ?? [];
    if (name === undefined) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    names.push(name);
    rank += greedy ? GREEDY_RANK : 2;
    return greedy ? '(.+)' : '([^/]+)';
  });
  return { route, method, pattern: new RegExp(`^${parts.join('/')}/?$`), names, rank };
}
