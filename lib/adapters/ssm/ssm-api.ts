import { SignedRequests } from '../signing/signed-requests.ts';

export interface SsmAccess {
  /** `https://ssm.eu-central-1.amazonaws.com`, or where an emulator listens. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface StoredParameter {
  readonly name: string;
  readonly value: string;
}

export interface ParameterPage {
  readonly parameters: readonly StoredParameter[];
  readonly next?: string;
}

const TIMEOUT_MS = 5_000;

/** An error answer of the service, by its name: `ParameterNotFound`, `ThrottlingException`. */
export class SsmError extends Error {
  constructor(name: string) {
    super(`the parameter store answered ${name}`);
    this.name = name;
  }
}

/**
 * The two calls that are needed of the Parameter Store. Its SDK client would be an eighth of every bundle and a tenth
 * of every cold start.
 */
export class SsmApi {
  readonly #requests: SignedRequests;
  readonly #endpoint: string;

  constructor({ endpoint, ...access }: SsmAccess) {
    this.#requests = new SignedRequests({ ...access, service: 'ssm' });
    this.#endpoint = endpoint;
  }

  /** @throws SsmError, or what fetch throws when there is no answer */
  async read(name: string): Promise<string | undefined> {
    const { Parameter } = await this.#call('GetParameter', { Name: name, WithDecryption: true });
    return parameterOf(Parameter)?.value;
  }

  /** Parameters right below a path, a page at a time. @throws as `read` */
  async readBelow(path: string, next: string | undefined): Promise<ParameterPage> {
    const token = next === undefined ? {} : { NextToken: next };
    const { Parameters, NextToken } = await this.#call('GetParametersByPath', {
      Path: path,
      WithDecryption: true,
      ...token,
    });
    const parameters = (Array.isArray(Parameters) ? Parameters : []).flatMap((given) => parameterOf(given) ?? []);
    return { parameters, ...(typeof NextToken === 'string' && NextToken !== '' ? { next: NextToken } : {}) };
  }

  async #call(operation: string, input: object): Promise<Readonly<Record<string, unknown>>> {
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AmazonSSM.${operation}` };
    const request = { method: 'POST', url: this.#endpoint, headers, body: JSON.stringify(input) } as const;
    const response = await this.#requests.send(request, TIMEOUT_MS);
    const answer = objectOf(await response.json());
    if (response.ok) return answer;
    const type = typeof answer.__type === 'string' ? answer.__type : `status ${response.status}`;
    throw new SsmError(type.slice(type.indexOf('#') + 1));
  }
}

function parameterOf(given: unknown): StoredParameter | undefined {
  const { Name, Value } = objectOf(given);
  return typeof Name === 'string' && typeof Value === 'string' ? { name: Name, value: Value } : undefined;
}

function objectOf(given: unknown): Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null ? { ...given } : {};
}
