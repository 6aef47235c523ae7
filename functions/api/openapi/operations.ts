import type { ProblemCode } from '../problem.ts';

export interface Operation {
  readonly summary: string;
  readonly description?: string;
  readonly status: 200 | 202;
  /** Component of the answer; absent where it is not JSON of ours. */
  readonly schema?: string;
  /** Refusals beyond those every route has. */
  readonly problems: readonly ProblemCode[];
}

const NAMED: readonly ProblemCode[] = ['bad-path', 'unknown-connection', 'invalid'];
const STREAM: readonly ProblemCode[] = [...NAMED, 'unknown-stream', 'connection-broken'];
const PARTITION: readonly ProblemCode[] = [...STREAM, 'unknown-partition'];
const WORK: readonly ProblemCode[] = ['bad-body', 'body-too-large', 'invalid'];
const NOT_NOW: readonly ProblemCode[] = [
  'connection-disabled',
  'stream-paused',
  'nothing-to-sync',
  'no-source',
  'connection-broken',
];

const PLAN: readonly ProblemCode[] = ['bad-path', 'invalid', 'unknown-plan'];

const SYNC_DESCRIPTION =
  'Incremental makes streams due for the planner; full reads them once, whole, without a gap for readers, and where ' +
  'the source is asked partition by partition by a run for each. A full that is waiting already is joined: the same ' +
  'run is returned. Paused streams take a full, but no incremental.';

const AUDIT_DESCRIPTION =
  'Finds every record that differs, by reading ids and modified times alone, and repairs it unless told otherwise. An ' +
  'audit that is waiting already is joined: the same run is returned. Paused streams are audited too.';

/** What the document says of each operation. */
export const OPERATIONS = {
  getStatusPage: { summary: 'Status page for people', status: 200, problems: [] },
  getOpenApi: { summary: 'This document', status: 200, problems: [] },
  getStatus: { summary: 'Status of everything', status: 200, schema: 'Status', problems: ['invalid'] },
  getConnectionStatus: { summary: 'Status of a connection', status: 200, schema: 'ConnectionStatus', problems: NAMED },
  getStreamStatus: {
    summary: 'Status of a stream and a page of its partitions',
    status: 200,
    schema: 'StreamDetail',
    problems: STREAM,
  },
  getPartitionStatus: {
    summary: 'Status of a partition, compared with the cache',
    status: 200,
    schema: 'PartitionDetail',
    problems: PARTITION,
  },
  syncAll: {
    summary: 'Sync everything',
    description: SYNC_DESCRIPTION,
    status: 202,
    schema: 'SyncAnswer',
    problems: [...WORK, 'nothing-to-sync'],
  },
  syncConnection: {
    summary: 'Sync all streams of a connection',
    description: SYNC_DESCRIPTION,
    status: 202,
    schema: 'SyncAnswer',
    problems: [...NAMED, ...WORK, ...NOT_NOW],
  },
  syncStream: {
    summary: 'Sync a stream',
    description: SYNC_DESCRIPTION,
    status: 202,
    schema: 'SyncAnswer',
    problems: [...STREAM, ...WORK, ...NOT_NOW],
  },
  syncPartition: {
    summary: 'Sync one partition now, stale or not, paused or not',
    description:
      'Without a body: full. A full that is waiting already is joined: the same run is returned. An incremental reads ' +
      'what changed since the watermark and has no run of its own: the status of the partition shows its result.',
    status: 202,
    schema: 'SyncAnswer',
    problems: [...PARTITION, ...WORK, 'connection-disabled', 'no-source'],
  },
  pauseAll: {
    summary: 'Pause the automatic sync of every stream',
    description: 'Streams of connections added later are not paused.',
    status: 200,
    schema: 'PauseAnswer',
    problems: WORK,
  },
  pauseConnection: {
    summary: 'Pause the automatic sync of a connection',
    status: 200,
    schema: 'PauseAnswer',
    problems: [...NAMED, ...WORK, 'connection-broken'],
  },
  pauseStream: {
    summary: 'Pause the automatic sync of a stream',
    description: 'What is under way ends normally; a force works all the same.',
    status: 200,
    schema: 'PauseAnswer',
    problems: [...STREAM, ...WORK],
  },
  resumeAll: { summary: 'Resume every stream', status: 200, schema: 'PauseAnswer', problems: WORK },
  resumeConnection: {
    summary: 'Resume all streams of a connection',
    status: 200,
    schema: 'PauseAnswer',
    problems: [...NAMED, ...WORK, 'connection-broken'],
  },
  resumeStream: { summary: 'Resume a stream', status: 200, schema: 'PauseAnswer', problems: [...STREAM, ...WORK] },
  checkConnection: {
    summary: 'Check a connection against the live account',
    description: 'Makes a few calls to the source: credentials, rights, field names, clock, limits.',
    status: 200,
    schema: 'CheckAnswer',
    problems: [...NAMED, ...WORK],
  },
  listRuns: {
    summary: 'Run history, newest first',
    description: 'Without a connection: the newest of all connections, not paged.',
    status: 200,
    schema: 'RunList',
    problems: [...PARTITION],
  },
  getRun: { summary: 'One run', status: 200, schema: 'Run', problems: ['bad-path', 'invalid', 'unknown-run'] },
  cancelRun: {
    summary: 'End a full, a walk or an audit before it is complete',
    description:
      'What it has written stays; what it has not looked at is left as it is, and its outcome is `cancelled`. Ask for ' +
      'another to go on.',
    status: 202,
    schema: 'CancelAnswer',
    problems: ['bad-path', 'unknown-run', 'run-ended', 'not-cancellable', ...WORK],
  },
  listPlans: {
    summary: 'Deletion plans, newest first',
    description:
      'What would remove more than the brake allows waits here for a person. A plan expires after a week: what it saw ' +
      'is then too old to be acted upon.',
    status: 200,
    schema: 'PlanList',
    problems: ['invalid', 'unknown-connection'],
  },
  getPlan: { summary: 'One deletion plan', status: 200, schema: 'Plan', problems: PLAN },
  applyPlan: {
    summary: 'Let a deletion plan be carried out',
    description:
      'The absence of the records is established anew, by another complete scan and another query by id, and up to ' +
      '`removals` of them may then leave the cache. Repeating the call returns the same run.',
    status: 202,
    schema: 'PlanDecided',
    problems: [...PLAN, ...WORK, 'plan-expired', 'plan-decided', 'connection-disabled'],
  },
  discardPlan: {
    summary: 'Turn a deletion plan down',
    description: 'The records stay. A later scan that finds them gone again makes a new plan.',
    status: 200,
    schema: 'PlanDecided',
    problems: [...PLAN, ...WORK, 'plan-decided'],
  },
  getDrift: { summary: 'What the last audits found', status: 200, schema: 'Drift', problems: ['invalid'] },
  getConnectionDrift: {
    summary: 'What the last audits of a connection found',
    status: 200,
    schema: 'Drift',
    problems: [...NAMED, 'connection-broken'],
  },
  getStreamDrift: {
    summary: 'What the last audits of a stream found, partition by partition',
    status: 200,
    schema: 'Drift',
    problems: STREAM,
  },
  getPartitionDrift: {
    summary: 'What the last audit of a partition found',
    status: 200,
    schema: 'Drift',
    problems: STREAM,
  },
  auditAll: {
    summary: 'Compare the cache with the sources, everywhere',
    description: AUDIT_DESCRIPTION,
    status: 202,
    schema: 'AuditAnswer',
    problems: [...WORK, 'nothing-to-sync'],
  },
  auditConnection: {
    summary: 'Compare the cache with the source, for all streams of a connection',
    description: AUDIT_DESCRIPTION,
    status: 202,
    schema: 'AuditAnswer',
    problems: [...NAMED, ...WORK, 'connection-disabled', 'connection-broken', 'nothing-to-sync', 'no-source'],
  },
  auditStream: {
    summary: 'Compare the cache with the source, for one stream',
    description: AUDIT_DESCRIPTION,
    status: 202,
    schema: 'AuditAnswer',
    problems: [...STREAM, ...WORK, 'connection-disabled', 'no-source'],
  },
  auditPartition: {
    summary: 'Compare the cache with the source, for one partition, now',
    description: AUDIT_DESCRIPTION,
    status: 202,
    schema: 'AuditAnswer',
    problems: [...PARTITION, ...WORK, 'connection-disabled', 'no-source'],
  },
  listQuarantine: {
    summary: 'Records that cannot be applied',
    description: 'Why, and when they are tried again. Ids and reasons only, never contents.',
    status: 200,
    schema: 'Quarantine',
    problems: ['invalid'],
  },
  listConnectionQuarantine: {
    summary: 'Records of a connection that cannot be applied',
    status: 200,
    schema: 'Quarantine',
    problems: [...NAMED, 'connection-broken'],
  },
  listStreamQuarantine: {
    summary: 'Records of a stream that cannot be applied',
    status: 200,
    schema: 'Quarantine',
    problems: STREAM,
  },
  retryQuarantined: {
    summary: 'Try a quarantined record again at once',
    description: 'The source is asked for it by its id. What is healthy then is written and leaves the quarantine.',
    status: 202,
    schema: 'RetryAnswer',
    problems: [...STREAM, ...WORK, 'not-quarantined', 'not-askable', 'connection-disabled', 'stream-paused'],
  },
  explainRecord: {
    summary: 'Why a record is, or is not, in the cache',
    description:
      'Everything the system knows of one record, without its values, and a verdict. `source=true` asks the source too, ' +
      'for one call of the budget; that needs the scope `operate`. Where no locators are kept, name the `partition`; ' +
      'otherwise the first partitions of the stream are looked through.',
    status: 200,
    schema: 'Explanation',
    problems: STREAM,
  },
  forgetRecord: {
    summary: 'Erase one record everywhere',
    description:
      'Its contents leave the cache. What stays is its id, its version and a hash of its contents, as a tombstone, so ' +
      'that nothing but a newer version at the source brings it back; reports of audits, deletion plans and logs may ' +
      'hold its id until they expire. Erase it at the source first.',
    status: 202,
    schema: 'ForgetAnswer',
    problems: [...STREAM, ...WORK, 'unknown-record', 'connection-disabled'],
  },
  sampleRecords: {
    summary: 'Ids of some records of a partition, chosen by chance',
    description: 'For comparing some of them with the source, by `explainRecord`. One command of the cache.',
    status: 200,
    schema: 'Sample',
    problems: STREAM,
  },
  excludeRecord: {
    summary: 'Keep one record out of the cache',
    description:
      'It leaves, and no read brings it back, in whatever version, until it is included. Of a record that nothing is ' +
      'known of yet, name the `partition`.',
    status: 202,
    schema: 'ForgetAnswer',
    problems: [...STREAM, ...WORK, 'unknown-record', 'connection-disabled'],
  },
  includeRecord: {
    summary: 'Let an excluded record in again',
    status: 202,
    schema: 'ForgetAnswer',
    problems: [...STREAM, ...WORK, 'not-excluded', 'connection-disabled'],
  },
  listExcluded: { summary: 'Excluded records of a stream', status: 200, schema: 'Excluded', problems: STREAM },
  findDuplicates: {
    summary: 'Records of a partition that share an identity',
    description: 'As readers find them now, excluded ones left out. Ids only, never contents.',
    status: 200,
    schema: 'Duplicates',
    problems: [...STREAM, 'not-comparable'],
  },
  cleanDuplicates: {
    summary: 'Exclude all but one of each group of duplicates',
    description: 'At most 50 records a time. What is excluded may be included again.',
    status: 202,
    schema: 'Duplicates',
    problems: [...STREAM, ...WORK, 'not-comparable', 'connection-disabled'],
  },
  uploadImport: {
    summary: 'Ask for a place to put a file of records that people bring',
    description:
      'For streams without a source to ask. PUT the file to `upload.url` with `upload.headers` within a quarter of an ' +
      'hour, then start the import. Nothing happens before. Files are kept for a week.',
    status: 200,
    schema: 'UploadAnswer',
    problems: [...STREAM, ...WORK, 'not-importable', 'connection-disabled'],
  },
  startImport: {
    summary: 'Import a file that was uploaded',
    description:
      'Row by row: what is new is added, what is known is updated, what is the same is left alone, and what cannot be ' +
      'read is rejected by itself. Safe to repeat: the same file again writes nothing. Never done by a schedule.',
    status: 202,
    schema: 'Import',
    problems: [...STREAM, ...WORK, 'not-importable', 'connection-disabled'],
  },
  getImport: {
    summary: 'How an import stands, and what was wrong with its rows',
    status: 200,
    schema: 'Import',
    problems: [...STREAM, 'not-importable', 'unknown-run', 'connection-disabled'],
  },
  listDeadLetters: {
    summary: 'Tasks that failed every time they were tried',
    description:
      'Ids and reasons, never contents. Nothing is lost with them: their partitions stay pending and are planned again. ' +
      'The queue is looked through for a few seconds; what others look at just then may be missing.',
    status: 200,
    schema: 'DeadLetters',
    problems: ['invalid'],
  },
  redriveDeadLetters: {
    summary: 'Send tasks that were set aside back to work',
    description:
      'All of them, up to `limit`, or those that `ids` names. What they are about is read anew. A message that is not ' +
      'understood stays.',
    status: 200,
    schema: 'RedriveAnswer',
    problems: WORK,
  },
} as const satisfies Readonly<Record<string, Operation>>;

export type OperationName = keyof typeof OPERATIONS;
