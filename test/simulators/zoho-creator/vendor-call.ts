/** A call to one of the vendor's hosts, as it arrived. */
export interface VendorCall {
  readonly method: string;
  readonly url: URL;
  readonly authorization: string | undefined;
  readonly cursor: string | undefined;
  readonly body: string;
}
