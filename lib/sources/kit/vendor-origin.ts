export interface OriginRules {
  /** Hosts of the vendor: nothing else may be given a token. */
  readonly hosts: readonly string[];
  /** Whether `http://127.0.0.1:{port}` may stand for them. */
  readonly allowLoopback: boolean;
}

/**
 * The origin that a text from outside names, as a host or as a URL; `undefined` unless it is one of the vendor's own.
 * A host that configuration or a response can choose freely would have the token sent to it.
 */
export function vendorOrigin(text: string, rules: OriginRules): string | undefined {
  const loopback = /^(http:\/\/127\.0\.0\.1:\d{1,5})\/?$/.exec(text);
  if (loopback) return rules.allowLoopback && URL.canParse(text) ? loopback[1] : undefined;
  const host = /^(?:https:\/\/)?([a-z0-9.-]+)\/?$/.exec(text)?.[1];
  return host !== undefined && rules.hosts.includes(host) ? `https://${host}` : undefined;
}
