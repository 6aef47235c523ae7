/**
 * CloudWatch's metric math, as far as the alarms use it: numbers, names, `+ - * /`, `>=` (1 or 0), IF and FILL. A
 * value that is missing makes everything it is part of missing, except where FILL stands in for it.
 * @returns `undefined` when the result is missing
 * @throws Error on what is not understood
 */
export function evaluateMath(expression: string, values: ReadonlyMap<string, number | undefined>): number | undefined {
  const reader = new Reader(expression.match(/\d+(?:\.\d+)?|[A-Za-z]\w*|>=|[-+*/(),]/g) ?? [], values);
  const result = reader.whole();
  return Number.isNaN(result) ? undefined : result;
}

/** Reads by descent; a missing value is NaN, which arithmetic hands on by itself. */
class Reader {
  readonly #tokens: string[];
  readonly #values: ReadonlyMap<string, number | undefined>;

  constructor(tokens: readonly string[], values: ReadonlyMap<string, number | undefined>) {
    this.#tokens = [...tokens];
    this.#values = values;
  }

  whole(): number {
    const result = this.#comparison();
    if (this.#tokens.length > 0) throw new Error(`not understood from ${this.#tokens[0]} on`);
    return result;
  }

  #comparison(): number {
    const left = this.#sum();
    if (!this.#take('>=')) return left;
    const right = this.#sum();
    return Number.isNaN(left - right) ? Number.NaN : Number(left >= right);
  }

  #sum(): number {
    let result = this.#product();
    for (;;) {
      if (this.#take('+')) result += this.#product();
      else if (this.#take('-')) result -= this.#product();
      else return result;
    }
  }

  #product(): number {
    let result = this.#factor();
    for (;;) {
      if (this.#take('*')) result *= this.#factor();
      else if (this.#take('/')) result /= this.#factor();
      else return result;
    }
  }

  #factor(): number {
    if (this.#take('(')) return this.#arguments()[0] ?? Number.NaN;
    const token = this.#tokens.shift() ?? '';
    if (this.#take('(')) return call(token, this.#arguments());
    if (/^\d/.test(token)) return Number(token);
    if (!this.#values.has(token)) throw new Error(`there is no metric ${token}`);
    return this.#values.get(token) ?? Number.NaN;
  }

  /** Up to and with the closing bracket. */
  #arguments(): readonly number[] {
    const found = [this.#comparison()];
    while (this.#take(',')) found.push(this.#comparison());
    if (!this.#take(')')) throw new Error('a bracket is not closed');
    return found;
  }

  #take(token: string): boolean {
    if (this.#tokens[0] !== token) return false;
    this.#tokens.shift();
    return true;
  }
}

function call(name: string, [first = Number.NaN, second = Number.NaN, third = Number.NaN]: readonly number[]): number {
  switch (name) {
    case 'IF':
      return Number.isNaN(first) ? first : first === 0 ? third : second;
    case 'FILL':
      return Number.isNaN(first) ? second : first;
    default:
      throw new Error(`there is no function ${name}`);
  }
}
