import { type createTransactionPolicy, RedisResult } from 'js-redis-server/core';
import type { Counters } from '../counters.ts';

/** The server's hook around every command; it does not export the types by name. */
export type ExecutionPolicy = ReturnType<typeof createTransactionPolicy>;
type BeforeExecute = NonNullable<ExecutionPolicy['beforeExecute']>;
type CommandPlan = Parameters<BeforeExecute>[0];
type RedisExecutionContext = Parameters<BeforeExecute>[1];

/** The mark the server puts on calls that come from a script. */
const FROM_SCRIPT = 'lua';

function comesFromScript(context: RedisExecutionContext): boolean {
  return context.monitor?.clientAddress === FROM_SCRIPT;
}

/** A command in an open transaction is only queued now; it comes by again when EXEC runs it. */
function isOnlyQueued(context: RedisExecutionContext): boolean {
  return context.session.mode === 'transaction' && context.transactionReplay !== true;
}

/** Counts every command that runs, those that scripts call included: what Upstash bills. */
export function countingPolicy(commands: Counters): ExecutionPolicy {
  return {
    name: 'count',
    beforeExecute(plan, context) {
      const { name } = plan.definition;
      if (!isOnlyQueued(context) || name === 'exec' || name === 'discard') commands.add(name);
      return undefined;
    },
  };
}

/** Commands that need the whole database, which a script with key locks does not hold. */
const DATABASE_WIDE: ReadonlySet<string> = new Set(['flushall', 'flushdb', 'keys', 'scan', 'dbsize', 'randomkey']);

const KEY_LOCKING = /^[^\n]*allow-key-locking/;

function locksKeysOnly(plan: CommandPlan, scriptOf: (sha: string) => Buffer | null): boolean {
  const [first] = plan.rawArgs;
  if (first === undefined) return false;
  const script = plan.definition.name.startsWith('evalsha') ? scriptOf(first.toString()) : first;
  return script !== null && KEY_LOCKING.test(script.toString('utf8', 0, 256));
}

/**
 * Holds scripts that declare `allow-key-locking` to their word: such a script locks only its KEYS, so a call that
 * touches another key or the whole database is refused (upstash.com/docs/redis/features/key-locking).
 */
export function keyLockingPolicy(): ExecutionPolicy {
  const lockedKeys = new Map<string, ReadonlySet<string>>();
  return {
    name: 'key-locking',
    beforeExecute(plan, context) {
      const session = context.session.id;
      if (!comesFromScript(context)) {
        lockedKeys.delete(session);
        const { capabilities } = plan.definition;
        if (capabilities?.scriptKeys && locksKeysOnly(plan, (sha) => context.server.scriptCache.get(sha)))
          lockedKeys.set(session, new Set(plan.keys.map((key) => key.toString('latin1'))));
        return undefined;
      }
      const locked = lockedKeys.get(session);
      if (locked === undefined) return undefined;
      const declared = plan.keys.every((key) => locked.has(key.toString('latin1')));
      if (declared && !DATABASE_WIDE.has(plan.definition.name)) return undefined;
      return RedisResult.error('Script attempted to access a key that is not in KEYS', 'ERR');
    },
  };
}
