import { AwsClient } from 'aws4fetch';

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
const RETRIES = 2;

/** An error answer of the service, by its name: `ParameterNotFound`, `ThrottlingException`. */
export class SsmError extends Error {
  constructor(name: string) {
    super(`the parameter store answered ${name}`);
    this.name = name;
  }
}

/**
 * The two calls that are needed of the Parameter Store. Its SDK client would be an eighth of every bundle and a tenth
 * of every cold start; signing is all that is hard about the protocol, and that is the library's.
 */
export class SsmApi {
  readonly #client: AwsClient;
  readonly #endpoint: string;

  constructor({ endpoint, ...access }: SsmAccess) {
    this.#client = new AwsClient({ ...access, service: 'ssm', retries: RETRIES });
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
    const response = await this.#client.fetch(this.#endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AmazonSSM.${operation}` },
      body: JSON.stringify(input),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
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
