/**
 * Stands in for the cache of a library, `mnemonist`, that DynamoDB's client would keep discovered endpoints in. It discovers
 * none unless it is told to, and makes the cache all the same: 7 kB of every bundle.
 */
export default class EndpointMemory extends Map<string, unknown> {
  constructor(_capacity: number) {
    super();
  }
}
