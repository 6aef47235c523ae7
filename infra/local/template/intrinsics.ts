import { objectOf } from '../services/json.ts';
import type { StackTemplate } from './assembly.ts';

/** What the world says about names in a template. */
export interface Names {
  /** Parameters, pseudo parameters and resources; `undefined` for `AWS::NoValue`. */
  ref(stack: StackTemplate, name: string): unknown;
  attribute(stack: StackTemplate, logicalId: string, attribute: string): string;
  imported(exportName: string): unknown;
}

type Intrinsic = (argument: unknown, stack: StackTemplate) => unknown;

/** Evaluates CloudFormation's functions, and fails on one it does not know: a guess would run something else than AWS. */
export class Intrinsics {
  readonly #names: Names;
  readonly #functions: ReadonlyMap<string, Intrinsic>;

  constructor(names: Names) {
    this.#names = names;
    this.#functions = new Map<string, Intrinsic>([
      ['Ref', (name, stack) => this.#names.ref(stack, textOf(name))],
      ['Fn::GetAtt', (path, stack) => this.#attribute(path, stack)],
      ['Fn::ImportValue', (name, stack) => this.#names.imported(textOf(this.resolve(name, stack)))],
      ['Fn::Join', (argument, stack) => this.#join(argument, stack)],
      ['Fn::Sub', (argument, stack) => this.#substitute(argument, stack)],
      ['Fn::Select', (argument, stack) => this.#select(argument, stack)],
      ['Fn::Split', (argument, stack) => this.#split(argument, stack)],
      ['Fn::FindInMap', (argument, stack) => this.#findInMap(argument, stack)],
      ['Fn::Base64', (text, stack) => Buffer.from(textOf(this.resolve(text, stack))).toString('base64')],
      ['Fn::If', (argument, stack) => this.#choose(argument, stack)],
      ['Fn::Equals', (argument, stack) => this.#equals(argument, stack)],
      ['Fn::And', (argument, stack) => this.#truths(argument, stack).every(Boolean)],
      ['Fn::Or', (argument, stack) => this.#truths(argument, stack).some(Boolean)],
      ['Fn::Not', (argument, stack) => !this.#truths(argument, stack)[0]],
      ['Condition', (name, stack) => this.condition(textOf(name), stack)],
    ]);
  }

  /** Any value of a template with everything in it evaluated; what is `AWS::NoValue` is left out. */
  resolve(value: unknown, stack: StackTemplate): unknown {
    if (Array.isArray(value)) {
      return value.map((element) => this.resolve(element, stack)).filter((element) => element !== undefined);
    }
    const object = objectOf(value);
    if (object === undefined) return value;
    const [[key, argument] = ['', undefined], ...others] = Object.entries(object);
    const intrinsic = others.length === 0 ? this.#intrinsic(key, argument) : undefined;
    if (intrinsic !== undefined) return intrinsic(argument, stack);
    const resolved = Object.entries(object).map(([name, inner]) => [name, this.resolve(inner, stack)] as const);
    return Object.fromEntries(resolved.filter(([, inner]) => inner !== undefined));
  }

  /** @throws Error when the template has no such condition */
  condition(name: string, stack: StackTemplate): boolean {
    const expression = stack.conditions[name];
    if (expression === undefined) throw new Error(`the template of ${stack.name} has no condition ${name}`);
    return this.resolve(expression, stack) === true;
  }

  #intrinsic(key: string, argument: unknown): Intrinsic | undefined {
    // Policy documents also have an element named Condition: only the function's argument is a text.
    if (key === 'Condition' && typeof argument !== 'string') return undefined;
    const known = this.#functions.get(key);
    if (known === undefined && key.startsWith('Fn::')) throw new Error(`${key} is not supported by the local host`);
    return known;
  }

  #attribute(path: unknown, stack: StackTemplate): string {
    const [logicalId = '', ...attribute] = Array.isArray(path) ? path.map(textOf) : textOf(path).split('.');
    return this.#names.attribute(stack, logicalId, attribute.join('.'));
  }

  #join(argument: unknown, stack: StackTemplate): string {
    const [separator, parts] = listOf(argument);
    return listOf(this.resolve(parts, stack)).map(textOf).join(textOf(separator));
  }

  #substitute(argument: unknown, stack: StackTemplate): string {
    const [template, given] = Array.isArray(argument) ? argument : [argument, {}];
    const variables = objectOf(given) ?? {};
    return textOf(template).replace(/\$\{([^}]+)\}/g, (_, name: string) => {
      if (name.startsWith('!')) return `\${${name.slice(1)}}`;
      if (name in variables) return textOf(this.resolve(variables[name], stack));
      return textOf(name.includes('.') ? this.#attribute(name, stack) : this.#names.ref(stack, name));
    });
  }

  #select(argument: unknown, stack: StackTemplate): unknown {
    const [index, list] = listOf(argument);
    const selected = listOf(this.resolve(list, stack))[Number(this.resolve(index, stack))];
    if (selected === undefined) throw new Error(`Fn::Select finds nothing at ${String(index)}`);
    return selected;
  }

  #split(argument: unknown, stack: StackTemplate): readonly string[] {
    const [separator, text] = listOf(argument);
    return textOf(this.resolve(text, stack)).split(textOf(separator));
  }

  #findInMap(argument: unknown, stack: StackTemplate): unknown {
    const [map, first, second] = listOf(this.resolve(argument, stack)).map(textOf);
    const found = objectOf(objectOf(stack.mappings[map ?? ''])?.[first ?? ''])?.[second ?? ''];
    if (found === undefined) throw new Error(`Fn::FindInMap finds nothing at ${map}.${first}.${second}`);
    return found;
  }

  #choose(argument: unknown, stack: StackTemplate): unknown {
    const [name, whenTrue, whenFalse] = listOf(argument);
    return this.resolve(this.condition(textOf(name), stack) ? whenTrue : whenFalse, stack);
  }

  #equals(argument: unknown, stack: StackTemplate): boolean {
    const [a, b] = listOf(this.resolve(argument, stack));
    return JSON.stringify(a) === JSON.stringify(b);
  }

  #truths(argument: unknown, stack: StackTemplate): readonly boolean[] {
    return listOf(argument).map((condition) => this.resolve(condition, stack) === true);
  }
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Error(`a list was expected in the template, not ${typeof value}`);
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Error(`a text was expected in the template, not ${value === undefined ? 'nothing' : typeof value}`);
}
