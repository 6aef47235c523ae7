import type { StageOptions } from './stage-options.ts';

/**
 * The file to edit: one entry per deployment. The first one is synthesized and deployed; name another with
 * `npm run deploy -- -c stage=staging`. Every setting and its default is described in `stage-options.ts`.
 */
export const STAGES: readonly StageOptions[] = [
  {
    stage: 'prod',
    watchedConnections: [{ id: 'main', streams: ['registrations'] }],
  },
];
