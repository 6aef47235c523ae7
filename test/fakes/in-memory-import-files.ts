import { contentHash } from '../../lib/domain/record.ts';
import type { ImportFiles, ImportName, UploadedFile } from '../../lib/ports/import-files.ts';
import { ImportFailure } from '../../lib/ports/imports.ts';

/** Files of imports without a bucket. */
export class InMemoryImportFiles implements ImportFiles {
  /** Bytes that are read at a time. */
  readAtOnce = 4_096;
  /** Happens before each piece is read. */
  beforePiece: () => Promise<void> = async () => {};
  readonly uploads = new Map<string, Buffer>();
  readonly errors = new Map<string, string>();

  upload(run: string, file: string | Uint8Array): void {
    this.uploads.set(run, Buffer.from(file));
  }

  async open({ run }: ImportName): Promise<UploadedFile | undefined> {
    const bytes = this.uploads.get(run);
    return bytes === undefined ? undefined : { version: versionOf(bytes), bytes: this.#read(run, bytes) };
  }

  async putErrors({ run }: ImportName, text: string): Promise<void> {
    this.errors.set(run, text);
  }

  async *#read(run: string, bytes: Buffer): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += this.readAtOnce) {
      await this.beforePiece();
      const now = this.uploads.get(run);
      if (now === undefined || versionOf(now) !== versionOf(bytes)) throw new ImportFailure('file-changed');
      yield bytes.subarray(at, at + this.readAtOnce);
    }
  }
}

function versionOf(bytes: Buffer): string {
  return contentHash(bytes.toString('latin1'));
}
