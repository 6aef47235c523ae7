/** Connection, stream and partition, as far as they are given. */
export type Names = readonly string[];

/** One record, wherever it is. */
export interface RecordName {
  readonly connection: string;
  readonly stream: string;
  readonly record: string;
}

/** Parameters of a listing. */
export type Query = Readonly<Record<string, string>>;

export type Command =
  | { readonly command: 'help' }
  | { readonly command: 'status'; readonly names: Names; readonly cursor?: string }
  | {
      readonly command: 'sync';
      readonly names: Names;
      readonly mode?: 'full' | 'incremental';
      /** Seconds to stay; absent: do not wait. */
      readonly waitSeconds?: number;
    }
  | {
      readonly command: 'import';
      /** Connection and stream. */
      readonly names: Names;
      readonly file: string;
      readonly dryRun: boolean;
      /** Where the list of rejected rows is to be written. */
      readonly errorsFile?: string;
      readonly waitSeconds: number;
    }
  | { readonly command: 'pause' | 'resume'; readonly names: Names }
  | { readonly command: 'runs'; readonly query: Query }
  | { readonly command: 'run' | 'cancel'; readonly run: string }
  | { readonly command: 'check'; readonly connection: string }
  | { readonly command: 'plans'; readonly query: Query }
  | { readonly command: 'plan'; readonly plan: string; readonly decision?: 'apply' | 'discard' }
  | { readonly command: 'drift'; readonly names: Names; readonly query: Query }
  | {
      readonly command: 'audit';
      readonly names: Names;
      readonly repair: boolean;
      readonly deep: boolean;
      readonly waitSeconds?: number;
    }
  | { readonly command: 'quarantine'; readonly names: Names }
  | ({ readonly command: 'retry' } & RecordName)
  | { readonly command: 'dead-letters' }
  | { readonly command: 'redrive'; readonly ids: readonly string[]; readonly limit?: number }
  | ({ readonly command: 'explain'; readonly source: boolean } & RecordName)
  | ({ readonly command: 'forget'; readonly yes: boolean } & RecordName)
  | {
      readonly command: 'exclude' | 'include';
      readonly connection: string;
      readonly stream: string;
      readonly records: readonly string[];
      readonly partition?: string;
    }
  | { readonly command: 'excluded'; readonly connection: string; readonly stream: string; readonly query: Query }
  /** Connection, stream and partition. */
  | { readonly command: 'duplicates'; readonly names: Names; readonly clean: boolean };

/** What a command of one name is made of. */
export type CommandOf<Name extends Command['command']> = Extract<Command, { command: Name }>;
