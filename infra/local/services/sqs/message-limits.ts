import { type JsonObject, objectOf, objectsOf, textOf } from '../json.ts';

const MAX_DELAY_SECONDS = 900;

/** Messages a request or an answer carries, in any of their forms. */
function messagesOf(payload: JsonObject): JsonObject[] {
  return [payload, ...objectsOf(payload.Entries), ...objectsOf(payload.Messages)];
}

/** Bytes of the messages, as SQS bills them: bodies, and names, types and values of attributes. */
export function payloadBytes(payload: JsonObject): number {
  return messagesOf(payload).reduce((sum, message) => sum + messageBytes(message), 0);
}

function messageBytes(message: JsonObject): number {
  const body = Buffer.byteLength(textOf(message.MessageBody ?? message.Body));
  return Object.entries(objectOf(message.MessageAttributes) ?? {}).reduce((sum, [name, attribute]) => {
    const { DataType, StringValue, BinaryValue } = objectOf(attribute) ?? {};
    const value = Buffer.byteLength(textOf(StringValue)) + Buffer.byteLength(textOf(BinaryValue), 'base64');
    return sum + Buffer.byteLength(name) + Buffer.byteLength(textOf(DataType)) + value;
  }, body);
}

/** Whether a message asks for a longer delay than SQS grants; the emulation would accept it. */
export function delaysTooLong(request: JsonObject): boolean {
  return messagesOf(request).some(({ DelaySeconds }) => Number(DelaySeconds ?? 0) > MAX_DELAY_SECONDS);
}

/** The request with each message delayed by no more than `mostSeconds`. */
export function withShorterDelays(request: JsonObject, mostSeconds: number): JsonObject {
  const { DelaySeconds, Entries } = request;
  return {
    ...request,
    ...(DelaySeconds === undefined ? {} : { DelaySeconds: Math.min(Number(DelaySeconds), mostSeconds) }),
    ...(Entries === undefined
      ? {}
      : { Entries: objectsOf(Entries).map((entry) => withShorterDelays(entry, mostSeconds)) }),
  };
}
