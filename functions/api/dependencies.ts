import type { CacheLookups } from '../../lib/ports/cache.ts';
import type { DeadLetters } from '../../lib/ports/dead-letters.ts';
import type { ImportLinks } from '../../lib/ports/import-files.ts';
import type { Sources } from '../../lib/ports/sources.ts';
import type { ApiRuntime } from '../../lib/runtime/api-runtime.ts';
import type { CheckPorts } from '../../lib/sync/check-connection.ts';
import type { DecidePorts } from '../../lib/sync/decide-plan.ts';
import type { StatusPorts } from '../../lib/sync/describe-partition.ts';
import type { FindPorts } from '../../lib/sync/find-record.ts';
import type { RequestPorts } from '../../lib/sync/request-sync.ts';
import { type PublicAnswers, publicAnswersIn } from './public-answers.ts';

/** What the API works with. */
export interface ApiDependencies extends StatusPorts, RequestPorts, DecidePorts, FindPorts, CheckPorts {
  readonly cache: CacheLookups;
  readonly sources: Sources;
  readonly deadLetters: Pick<DeadLetters, 'list' | 'redrive'>;
  readonly imports: ImportLinks;
  readonly publicAnswers: () => Promise<PublicAnswers>;
}

export function dependenciesOf({
  environment,
  ports,
  sources,
  checks,
  deadLetters,
  imports,
}: ApiRuntime): ApiDependencies {
  const publicAnswers = publicAnswersIn(environment.bundleFolder);
  return { ...ports, sources, checks, deadLetters, imports, publicAnswers };
}
