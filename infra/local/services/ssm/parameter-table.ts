import { createHash } from 'node:crypto';
import type { JsonObject } from '../json.ts';

interface StoredParameter {
  readonly value: string;
  readonly version: number;
  readonly changedAtSeconds: number;
}

/** Largest value of a standard parameter. */
const MAX_VALUE_BYTES = 4096;
const PARAMETER_ARN = 'arn:aws:ssm:local:000000000000:parameter';

/** SecureString parameters by name, in the order of their names. */
export class ParameterTable {
  readonly #parameters = new Map<string, StoredParameter>();

  /** @throws RangeError when the value is empty or above the 4 KB a standard parameter holds */
  set(name: string, value: string): void {
    const bytes = Buffer.byteLength(value);
    if (bytes === 0 || bytes > MAX_VALUE_BYTES) throw new RangeError(`parameter ${name} has ${bytes} bytes`);
    const version = (this.#parameters.get(name)?.version ?? 0) + 1;
    this.#parameters.set(name, { value, version, changedAtSeconds: Date.now() / 1000 });
  }

  delete(name: string): boolean {
    return this.#parameters.delete(name);
  }

  /** As the service describes it. Without decryption the value cannot be read. */
  describe(name: string, decrypted: boolean): JsonObject | undefined {
    const parameter = this.#parameters.get(name);
    if (parameter === undefined) return undefined;
    return {
      Name: name,
      Type: 'SecureString',
      Value: decrypted ? parameter.value : createHash('sha256').update(parameter.value).digest('base64'),
      Version: parameter.version,
      LastModifiedDate: parameter.changedAtSeconds,
      ARN: `${PARAMETER_ARN}${name}`,
      DataType: 'text',
    };
  }

  /** Names below a path; without `recursive` only those one level below. */
  below(path: string, recursive: boolean): string[] {
    const prefix = path.endsWith('/') ? path : `${path}/`;
    const names = this.#parameters.keys().filter((name) => name.startsWith(prefix));
    return names
      .filter((name) => recursive || !name.slice(prefix.length).includes('/'))
      .toArray()
      .sort();
  }
}
