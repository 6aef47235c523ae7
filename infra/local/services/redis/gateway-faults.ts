import type { Command } from './resp-connection.ts';

interface Befalls {
  /** How many requests, or items, it befalls. @default 1 */
  readonly count?: number;
  /** Only requests with such a command: its name, or a test of it. @default any */
  readonly match?: string | ((command: Command) => boolean);
}

/** What tests can make the gateway do instead of answering. */
export type GatewayFault = Befalls &
  (
    | { readonly kind: 'status'; readonly status: number; readonly body: string }
    /** No answer until the caller gives up. */
    | { readonly kind: 'timeout-before-apply' | 'timeout-after-apply' }
    /** The connection breaks, before the commands run (`drop`) or after. */
    | { readonly kind: 'drop' | 'drop-after-apply' }
    /** The command itself fails and changes nothing; its neighbours in a pipeline succeed. */
    | { readonly kind: 'fail-item'; readonly error?: string }
  );

export type ItemFault = Extract<GatewayFault, { kind: 'fail-item' }>;
export type RequestFault = Exclude<GatewayFault, ItemFault>;

export function isItemFault(fault: GatewayFault, command: Command): fault is ItemFault {
  return fault.kind === 'fail-item' && matches(fault, command);
}

export function isRequestFault(fault: GatewayFault, commands: readonly Command[]): fault is RequestFault {
  return fault.kind !== 'fail-item' && commands.some((command) => matches(fault, command));
}

function matches({ match }: Befalls, command: Command): boolean {
  if (match === undefined) return true;
  return typeof match === 'string' ? command[0]?.toUpperCase() === match.toUpperCase() : match(command);
}
