/** Connection, stream and partition, as far as they are given. */
export type Names = readonly string[];

/** One record, wherever it is. */
export interface RecordName {
  readonly connection: string;
  readonly stream: string;
  readonly record: string;
}

/** A file, and the connection and stream that it is for. */
export interface FileImport {
  readonly names: Names;
  readonly file: string;
  /** Seconds to stay until it has ended. */
  readonly waitSeconds: number;
}

/** Parameters of a listing. */
export type Query = Readonly<Record<string, string>>;

export type Command =
  /** Of one command, or of all. */
  | { readonly command: 'help'; readonly topic?: string }
  | { readonly command: 'status'; readonly names: Names; readonly cursor?: string }
  | {
      readonly command: 'sync';
      readonly names: Names;
      readonly mode?: 'full' | 'incremental';
      /** Seconds to stay; absent: do not wait. */
      readonly waitSeconds?: number;
      /** Files to bring along, one after the other. */
      readonly imports: readonly FileImport[];
    }
  | ({
      readonly command: 'import';
      readonly dryRun: boolean;
      /** Where the list of rejected rows is to be written. */
      readonly errorsFile?: string;
    } & FileImport)
  /** `sample`: records of each stream that are compared with the source. */
  | { readonly command: 'verify'; readonly names: Names; readonly sample: number; readonly waitSeconds: number }
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
  | ({ readonly command: 'explain'; readonly source: boolean; readonly partition?: string } & RecordName)
  | ({ readonly command: 'forget'; readonly yes: boolean } & RecordName)
  | {
      readonly command: 'exclude' | 'include';
      readonly connection: string;
      readonly stream: string;
      readonly records: readonly string[];
      readonly partition?: string;
    }
  | { readonly command: 'excluded'; readonly connection: string; readonly stream: string; readonly query: Query }
  | { readonly command: 'duplicates'; readonly names: Names; readonly clean: boolean };

/** What a command of one name is made of. */
export type CommandOf<Name extends Command['command']> = Extract<Command, { command: Name }>;
