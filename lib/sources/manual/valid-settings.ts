import type { Connection } from '../../ports/connections.ts';
import { SourceFailure } from '../../ports/source.ts';
import { type ManualSettings, parseSettings } from './settings.ts';

/** @throws SourceFailure when the settings have problems */
export function settingsOf(connection: Connection): ManualSettings {
  const parsed = parseSettings(connection);
  if (parsed.outcome === 'valid') return parsed.settings;
  throw new SourceFailure('source-misconfigured', `manual: ${parsed.problems.join('; ')}`);
}
