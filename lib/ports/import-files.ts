import { Failure } from '../domain/failure.ts';
import type { Instant } from '../domain/instant.ts';
import type { StreamKey } from '../domain/names.ts';

/** Names the file of one import, and the file of its errors. */
export interface ImportName extends StreamKey {
  readonly run: string;
}

export interface UploadedFile {
  /** Differs between any two contents. */
  readonly version: string;
  /** From the beginning, a few megabytes at a time. @throws ImportFilesFailure, `file-changed` when it was replaced */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** The files that people bring, and what was wrong with them. Kept for a week. */
export interface ImportFiles {
  /** `undefined` when nothing was uploaded, or it has expired. @throws ImportFilesFailure */
  open(name: ImportName): Promise<UploadedFile | undefined>;
  /** Writes the file of errors, over what was there. @throws ImportFilesFailure */
  putErrors(name: ImportName, text: string): Promise<void>;
}

/** A request that whoever has it may make, until it expires. */
export interface SignedRequest {
  readonly url: string;
  /** Must be sent as they are. */
  readonly headers: Readonly<Record<string, string>>;
  readonly expiresAt: Instant;
}

/** How people reach those files, without passing through the API. */
export interface ImportLinks {
  /** To PUT a file of exactly so many bytes. */
  upload(name: ImportName, bytes: number): Promise<SignedRequest>;
  /** To GET the file of errors. */
  errors(name: ImportName): Promise<SignedRequest>;
}

export type ImportFilesFailureCode = 'files-unavailable' | 'files-refused';

/** The store of files did not answer as it should. Holds no values. */
export class ImportFilesFailure extends Failure {
  constructor(code: ImportFilesFailureCode, message: string, cause?: unknown) {
    super(message, { code, retryable: code === 'files-unavailable', cause });
  }
}
