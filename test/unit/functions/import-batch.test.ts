import { describe, expect, it } from 'vitest';
import { runImports } from '../../../functions/importer/import-batch.ts';
import { encodeTask } from '../../../lib/adapters/sqs/task-codec.ts';
import { msBetween } from '../../../lib/domain/instant.ts';
import { ImportFilesFailure } from '../../../lib/ports/import-files.ts';
import { manualImports } from '../../../lib/sources/manual/manual-imports.ts';
import { DESK, ImportWorld } from '../../support/import-world.ts';
import { present } from '../../support/present.ts';

const FILE = 'Phone,Name,Store,Date\n9847012345,Asha,kochi,2026-11-05\n';
const slice = { owner: 'request-1', remainingMs: () => 298_000 };

function runtimeOf({ world, files, sources }: ImportWorld) {
  const { ports, givingBack } = world;
  return { ports, sources, givingBack, imports: { files, readers: [manualImports] } };
}

const messageOf = (body: string, receives = 1) => ({
  messageId: `message-${receives}`,
  receiptHandle: 'AQEB…',
  body,
  attributes: { ApproximateReceiveCount: String(receives) },
});

async function waiting(world: ImportWorld): Promise<string> {
  await world.ask(FILE);
  return encodeTask(present(world.world.take()[0], 'the message'));
}

describe('a batch of imports', () => {
  it('is carried out', async () => {
    const world = new ImportWorld();
    const answer = await runImports(runtimeOf(world), [messageOf(await waiting(world))], slice);
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(world.cached('kochi').size).toBe(1);
  });

  it('gives back what is no import, and goes on with the others', async () => {
    const world = new ImportWorld();
    const walk = encodeTask({ ...DESK, partition: '*', task: 'walk', run: '0mi8k2f5c-q3v9x0ab' });
    const messages = [messageOf('{', 2), messageOf(walk, 3), messageOf(await waiting(world), 4)];
    const { batchItemFailures } = await runImports(runtimeOf(world), messages, slice);
    expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(['message-2', 'message-3']);
    expect(world.cached('kochi').size).toBe(1);
  });

  it('comes back soon when the files do not answer, and says why when it is set aside', async () => {
    const world = new ImportWorld();
    const { redelivery, notes, clock } = world.world;
    const body = await waiting(world);
    world.files.open = () => Promise.reject(new ImportFilesFailure('files-unavailable', 'no answer'));
    const { receipt } = redelivery.deliver('imports');
    const first = await runImports(runtimeOf(world), [{ ...messageOf(body), receiptHandle: receipt }], slice);
    expect(first.batchItemFailures.length).toBe(1);
    expect(msBetween(redelivery.hiddenUntil(receipt) ?? clock.now(), clock.now())).toBeLessThanOrEqual(60_000);
    await runImports(runtimeOf(world), [messageOf(body, 5)], slice);
    const noted = await notes.find(['message-5']);
    expect([...noted.values()]).toMatchObject([{ task: 'import', lane: 'imports', code: 'files-unavailable' }]);
  });
});
