import { type AwsAnswer, errorAnswer, startAwsJsonServer } from '../aws-json-server.ts';
import { Counters } from '../counters.ts';
import { FaultQueue } from '../fault-queue.ts';
import { type JsonObject, textOf } from '../json.ts';
import type { ServiceFault } from '../service-faults.ts';
import { ParameterTable } from './parameter-table.ts';

export interface EmbeddedSsmOptions {
  /** @default a free port */
  readonly port?: number;
  /** Parameters it begins with: name → value. */
  readonly parameters?: Readonly<Record<string, string>>;
}

export interface EmbeddedSsm {
  readonly url: string;
  /** Requests by operation. */
  readonly meter: Counters;
  readonly faults: FaultQueue<ServiceFault>;
  /** Creates or replaces a SecureString. @throws RangeError above 4 KB */
  set(name: string, value: string): void;
  delete(name: string): boolean;
  close(): Promise<void>;
}

/** Most parameters the service answers at once, by name or by path. */
const MAX_RESULTS = 10;

/** The reading half of Parameter Store. */
export async function startEmbeddedSsm(options: EmbeddedSsmOptions = {}): Promise<EmbeddedSsm> {
  const table = new ParameterTable();
  for (const [name, value] of Object.entries(options.parameters ?? {})) table.set(name, value);
  const meter = new Counters();
  const faults = new FaultQueue<ServiceFault>();
  const server = await startAwsJsonServer({
    contentType: 'application/x-amz-json-1.1',
    port: options.port,
    faults,
    run: async (operation, input) => {
      meter.add(operation);
      return run(table, operation, input);
    },
  });
  return {
    url: server.url,
    meter,
    faults,
    set: (name, value) => table.set(name, value),
    delete: (name) => table.delete(name),
    close: () => server.close(),
  };
}

function run(table: ParameterTable, operation: string, input: JsonObject): AwsAnswer {
  switch (operation) {
    case 'GetParameter':
      return getParameter(table, input);
    case 'GetParameters':
      return getParameters(table, input);
    case 'GetParametersByPath':
      return getParametersByPath(table, input);
    default:
      return errorAnswer('UnknownOperationException', `${operation} is not available here`);
  }
}

function getParameter(table: ParameterTable, input: JsonObject): AwsAnswer {
  const name = textOf(input.Name);
  const parameter = table.describe(name, input.WithDecryption === true);
  return parameter === undefined
    ? errorAnswer('ParameterNotFound', `Parameter ${name} not found.`)
    : { status: 200, body: { Parameter: parameter } };
}

function getParameters(table: ParameterTable, input: JsonObject): AwsAnswer {
  const names = Array.isArray(input.Names) ? input.Names.map(textOf) : [];
  if (names.length === 0 || names.length > MAX_RESULTS)
    return errorAnswer('ValidationException', `Names must have 1 to ${MAX_RESULTS} members`);
  const found = names.map((name) => table.describe(name, input.WithDecryption === true));
  const invalid = names.filter((_, index) => found[index] === undefined);
  return { status: 200, body: { Parameters: found.filter(Boolean), InvalidParameters: invalid } };
}

function getParametersByPath(table: ParameterTable, input: JsonObject): AwsAnswer {
  const path = textOf(input.Path);
  if (!path.startsWith('/')) return errorAnswer('ValidationException', 'Path must begin with a slash');
  const size = Number(input.MaxResults ?? MAX_RESULTS);
  if (!(size >= 1 && size <= MAX_RESULTS))
    return errorAnswer('ValidationException', `MaxResults must be 1 to ${MAX_RESULTS}`);
  const names = table.below(path, input.Recursive === true);
  const from = input.NextToken === undefined ? 0 : names.indexOf(tokenName(input.NextToken)) + 1;
  if (input.NextToken !== undefined && from === 0) return errorAnswer('InvalidNextToken', 'The token is not valid.');
  const page = names.slice(from, from + size);
  const last = page.at(-1);
  const more = from + size < names.length && last !== undefined;
  const parameters = page.map((name) => table.describe(name, input.WithDecryption === true));
  const next = more ? { NextToken: Buffer.from(last).toString('base64url') } : {};
  return { status: 200, body: { Parameters: parameters, ...next } };
}

function tokenName(token: unknown): string {
  return Buffer.from(textOf(token), 'base64url').toString();
}
