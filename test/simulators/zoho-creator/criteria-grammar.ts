import { type Comparator, CriteriaError, type CriteriaToken, tokenizeCriteria } from './criteria-tokens.ts';

export interface Literal {
  readonly kind: 'text' | 'number' | 'boolean';
  readonly text: string;
}

export interface Comparison {
  readonly kind: 'comparison';
  readonly field: string;
  /** Whether the lookup's id is meant: `Field.ID`. */
  readonly ofId: boolean;
  readonly comparator: Comparator;
  readonly literal: Literal;
}

export interface TextTest {
  readonly kind: 'text-test';
  readonly field: string;
  readonly test: 'contains' | 'startsWith';
  readonly text: string;
}

export type Criteria = Comparison | TextTest | { readonly kind: 'all' | 'any'; readonly parts: readonly Criteria[] };

/** `&&` binds tighter than `||`; parentheses group. @throws CriteriaError */
export function parseCriteria(text: string): Criteria {
  const parser = new CriteriaParser(tokenizeCriteria(text));
  const criteria = parser.any();
  parser.end();
  return criteria;
}

class CriteriaParser {
  readonly #tokens: readonly CriteriaToken[];
  #at = 0;

  constructor(tokens: readonly CriteriaToken[]) {
    this.#tokens = tokens;
  }

  any(): Criteria {
    return this.#joined('any', '||', () => this.#joined('all', '&&', () => this.#part()));
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw this.#unexpected();
  }

  #joined(kind: 'all' | 'any', sign: '&&' | '||', next: () => Criteria): Criteria {
    const first = next();
    const parts = [first];
    while (this.#takeSign(sign)) parts.push(next());
    return parts.length === 1 ? first : { kind, parts };
  }

  #part(): Criteria {
    if (!this.#takeSign('(')) return this.#condition();
    const inner = this.any();
    if (!this.#takeSign(')')) throw this.#unexpected();
    return inner;
  }

  #condition(): Criteria {
    const field = this.#word();
    if (!this.#takeSign('.')) return this.#comparison(field, false);
    const part = this.#word();
    if (part === 'ID') return this.#comparison(field, true);
    if (part !== 'contains' && part !== 'startsWith') throw new CriteriaError(`nothing known by the name ${part}`);
    if (!this.#takeSign('(')) throw this.#unexpected();
    const text = this.#literal();
    if (text.kind !== 'text' || !this.#takeSign(')')) throw this.#unexpected();
    return { kind: 'text-test', field, test: part, text: text.text };
  }

  #comparison(field: string, ofId: boolean): Comparison {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'comparator') throw this.#unexpected();
    this.#at += 1;
    return { kind: 'comparison', field, ofId, comparator: token.text, literal: this.#literal() };
  }

  #literal(): Literal {
    const token = this.#tokens[this.#at];
    if (token?.kind === 'word' && (token.text === 'true' || token.text === 'false')) {
      this.#at += 1;
      return { kind: 'boolean', text: token.text };
    }
    if (token?.kind !== 'text' && token?.kind !== 'number') throw this.#unexpected();
    this.#at += 1;
    return { kind: token.kind, text: token.text };
  }

  #word(): string {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'word') throw this.#unexpected();
    this.#at += 1;
    return token.text;
  }

  #takeSign(sign: '&&' | '||' | '(' | ')' | '.'): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'sign' || token.text !== sign) return false;
    this.#at += 1;
    return true;
  }

  #unexpected(): CriteriaError {
    const token = this.#tokens[this.#at];
    return new CriteriaError(token ? `unexpected ${token.kind} in criteria` : 'criteria end too early');
  }
}
