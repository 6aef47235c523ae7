import type { ApiClient } from '../client.ts';
import type { CommandOf } from '../command.ts';
import { type CliIo, EXIT } from '../io.ts';
import { Progress } from '../progress.ts';
import { nameOf } from '../render.ts';
import { type NamedStream, partitionsOf, scopeOf } from './scope.ts';
import type { Report } from './status.ts';
import { countPartitions } from './verify-counts.ts';
import { type Verified, type VerifiedStream, verifyRaw, verifyText } from './verify-report.ts';
import { compareSample } from './verify-sample.ts';

/**
 * Whether the sync is doing its work, whether the cache holds as many records as were committed, and whether some of
 * each stream, chosen by chance, are what the source shows. Changes nothing.
 */
export async function verify(
  client: ApiClient,
  { names, sample, waitSeconds }: CommandOf<'verify'>,
  io: CliIo,
): Promise<Report & { readonly exitCode: number }> {
  const deadlineMs = io.monotonicMs() + waitSeconds * 1_000;
  const { streams, broken } = await scopeOf(client, names);
  const enabled = streams.filter(({ status }) => status.enabled);
  const disabled = streams.filter(({ status }) => !status.enabled).map(nameOf);
  const progress = new Progress(io);
  const verified: VerifiedStream[] = [];
  try {
    for (const [index, one] of enabled.entries()) {
      const show = (note: string, share: number): void =>
        progress.show({ note: `${nameOf(one)}: ${note}`, share: (index + share) / enabled.length });
      verified.push(await verifyStream(client, one, { names, sample, deadlineMs }, io, show));
    }
  } finally {
    progress.end();
  }
  const all: Verified = { streams: verified, disabled, broken };
  const raw = verifyRaw(all);
  return { raw, text: verifyText(all, io), exitCode: raw.ok ? EXIT.ok : EXIT.failed };
}

async function verifyStream(
  client: ApiClient,
  one: NamedStream,
  how: { readonly names: readonly string[]; readonly sample: number; readonly deadlineMs: number },
  io: CliIo,
  show: (note: string, share: number) => void,
): Promise<VerifiedStream> {
  const partitions = await partitionsOf(client, one, how.names);
  let counted = 0;
  const counts = await countPartitions(client, one, partitions, io, () => {
    counted += 1;
    show(`${counted} of ${partitions.length} counted`, counted / partitions.length / 2);
  });
  let done = 0;
  const compared = (): void => {
    done += 1;
    show(`${done} of ${how.sample} compared`, 0.5 + Math.min(done / how.sample, 1) / 2);
  };
  const work = { client, io, deadlineMs: how.deadlineMs, compared };
  const sample = await compareSample(work, one, partitions, how.sample);
  return { ...one, counts, sample };
}
