/** SQS takes ten messages at once, and 1 MiB over all of them. */
const MAX_ENTRIES = 10;
const MAX_BYTES = 1_048_576;

/** Items cut into batches by count and bytes. One that alone is over the limit gets a batch of its own. */
export function cutBatches<T>(items: readonly T[], bytesOf: (item: T) => number): readonly (readonly T[])[] {
  const batches: T[][] = [];
  let batch: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = bytesOf(item);
    if (batch.length > 0 && (batch.length === MAX_ENTRIES || bytes + size > MAX_BYTES)) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(item);
    bytes += size;
  }
  return batch.length > 0 ? [...batches, batch] : batches;
}
