import { AwsClient } from 'aws4fetch';
import { objectOf, objectsOf } from '../../infra/local/services/json.ts';
import { TABLE_KEYS } from '../../lib/config/environment.ts';

const { partitionKey, sortKey, indexSortKey } = TABLE_KEYS;
const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local', region: 'eu-central-1', service: 'dynamodb' };
/** Of the partition and stream items: lease, patience with lost messages, and when the last run was. */
const WAITING = ['le', indexSortKey, 'lr'] as const;

/** Lets minutes pass at once, as far as the state table of connection `main` is concerned: tests cannot wait for them. */
export class PassingTime {
  readonly #endpoint: string;
  readonly #table: string;
  readonly #aws = new AwsClient(CREDENTIALS);

  constructor(endpoint: string, table: string) {
    this.#endpoint = endpoint;
    this.#table = table;
  }

  /** The vendor's pause, our own minute's calls, calls under way and the breaker are over; the day's calls stay counted. */
  async endLimits(): Promise<void> {
    const Key = { [partitionKey]: { S: 'main' }, [sortKey]: { S: 'budget' } };
    await this.#call('UpdateItem', { Key, UpdateExpression: 'REMOVE pu, rc, uw, bk' });
  }

  /**
   * Leases have lapsed, which a killed worker does not give back, and whatever is unfinished has been so for long. Whoever
   * still works under a lease finds out as a worker does that was frozen for minutes.
   */
  async endLeases(stream = 'main#registrations'): Promise<void> {
    const { Items } = await this.#call('Query', {
      KeyConditionExpression: '#pk = :pk',
      ExpressionAttributeNames: { '#pk': partitionKey },
      ExpressionAttributeValues: { ':pk': { S: stream } },
      ConsistentRead: true,
    });
    for (const item of objectsOf(Items)) {
      const waiting = WAITING.filter((name) => name in item);
      const Key = { [partitionKey]: item[partitionKey], [sortKey]: item[sortKey] };
      if (waiting.length > 0) await this.#setToPast(Key, waiting);
    }
  }

  /** What has changed meanwhile does not wait any more. */
  async #setToPast(Key: object, names: readonly string[]): Promise<void> {
    await this.#call('UpdateItem', {
      Key,
      UpdateExpression: `SET ${names.map((name) => `${name} = :past`).join(', ')}`,
      ConditionExpression: names.map((name) => `attribute_exists(${name})`).join(' AND '),
      ExpressionAttributeValues: { ':past': { N: '1' } },
    });
  }

  async #call(operation: string, input: object): Promise<{ readonly [name: string]: unknown }> {
    const response = await this.#aws.fetch(this.#endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${operation}` },
      body: JSON.stringify({ TableName: this.#table, ...input }),
      signal: AbortSignal.timeout(10_000),
    });
    const answer = objectOf(await response.json()) ?? {};
    const refused = String(answer.__type).endsWith('ConditionalCheckFailedException');
    if (!response.ok && !refused) throw new Error(`${operation} on the state table failed: ${response.status}`);
    return answer;
  }
}
