import { type JsonObject, objectOf, objectsOf, textOf } from '../json.ts';

/** More than ever wait on a dead-letter queue of this machine. */
const MOST_REMEMBERED = 10_000;

/**
 * Where messages were received first. Once a redrive policy has moved one, it is received from another queue, and SQS
 * then tells which one it came from; the emulation would not.
 */
export class SourceQueues {
  readonly #region: string;
  readonly #first = new Map<string, string>();

  constructor(region: string) {
    this.#region = region;
  }

  /** The answer of a ReceiveMessage, with the source of the messages that were moved. */
  named(request: JsonObject, answer: JsonObject): JsonObject {
    const queue = textOf(request.QueueUrl).split('/').at(-1) ?? '';
    const asked = [request.MessageSystemAttributeNames, request.AttributeNames].flat();
    const tells = asked.includes('All') || asked.includes('DeadLetterQueueSourceArn');
    const Messages = objectsOf(answer.Messages).map((message) => {
      const source = this.#sourceOf(textOf(message.MessageId), queue);
      if (source === queue || !tells) return message;
      const DeadLetterQueueSourceArn = `arn:aws:sqs:${this.#region}:000000000000:${source}`;
      return { ...message, Attributes: { ...objectOf(message.Attributes), DeadLetterQueueSourceArn } };
    });
    return Messages.length === 0 ? answer : { ...answer, Messages };
  }

  #sourceOf(message: string, queue: string): string {
    const known = this.#first.get(message);
    if (known !== undefined) return known;
    this.#first.set(message, queue);
    const [oldest] = this.#first.keys();
    if (this.#first.size > MOST_REMEMBERED && oldest !== undefined) this.#first.delete(oldest);
    return queue;
  }
}
