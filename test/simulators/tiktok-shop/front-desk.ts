import type { VendorFault } from '../simulated-vendor.ts';
import { type Answer, htmlAnswer, internalError, rateLimited } from './answer.ts';
import type { TikTokAccount } from './tiktok-account.ts';
import { answerVendorCall, type CallKind, kindOf, type VendorCall } from './vendor-routes.ts';

export type CallCounts = Readonly<Record<CallKind, number>>;

const NO_CALLS: CallCounts = { token: 0, shops: 0, orders: 0, products: 0, other: 0 };
/** What a fault makes the vendor say about when to come back, where it says anything. */
const FAULT_PAUSE_MS = 20_000;

/** What stands between the network and an account: counts calls and has things go wrong. */
export class FrontDesk {
  readonly account: TikTokAccount;
  /** Faults to come, each for one API call, in order. */
  readonly faults: VendorFault[] = [];
  /** Everything is unavailable before this true time. */
  downUntilMs = 0;
  /** Called before each call for records is answered. */
  beforePage: () => void = () => {};
  counts: CallCounts = NO_CALLS;

  constructor(account: TikTokAccount) {
    this.account = account;
  }

  /** The answer to a call; `undefined` where the connection breaks instead. */
  take(call: VendorCall): Answer | undefined {
    const kind = kindOf(call.url);
    this.counts = { ...this.counts, [kind]: this.counts[kind] + 1 };
    if (this.account.trueMs < this.downUntilMs) return htmlAnswer(503);
    const fault = kind === 'token' ? undefined : this.faults.shift();
    switch (fault) {
      case 'network':
        return undefined;
      case 'unavailable':
        return internalError();
      case 'rate-limited':
      case 'quota-spent':
        return rateLimited(FAULT_PAUSE_MS, this.account.behaviour);
      case 'page-of-html':
        return htmlAnswer(200);
      case 'truncated':
        return half(this.#answer(call, kind));
      case undefined:
        return this.#answer(call, kind);
    }
  }

  #answer(call: VendorCall, kind: CallKind): Answer {
    if (kind === 'orders' || kind === 'products') this.beforePage();
    return answerVendorCall(this.account, call);
  }
}

function half(answer: Answer): Answer {
  return { ...answer, body: answer.body.slice(0, answer.body.length >> 1) };
}
