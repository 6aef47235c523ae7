import type { CheckFinding } from '../../ports/source.ts';
import { readIdPage } from './read-by-ids.ts';
import { decodeRecord } from './record.ts';
import { EVERYTHING, searchFacts, searchRequest } from './search.ts';
import type { SearchPosition } from './search-position.ts';
import type { TikTokSettings } from './settings.ts';
import type { ShopApi } from './shop-api.ts';
import type { Shop } from './shops.ts';
import type { ShopStream } from './streams.ts';

export interface ProbeParts {
  readonly settings: TikTokSettings;
  readonly api: ShopApi;
}

interface Row {
  readonly id: string;
  readonly second: number;
  readonly text: string;
}

interface ProbedPage {
  readonly rows: readonly Row[];
  readonly size: number;
  readonly token?: string;
}

/** What one shop shows of one stream. @throws SourceFailure when the source does not answer */
export async function probeShop(parts: ProbeParts, stream: ShopStream, shop: Shop): Promise<readonly CheckFinding[]> {
  const { name } = stream.definition;
  const say = (check: string, status: CheckFinding['status'], words: string): CheckFinding => {
    return { check: `${name}-${check}`, status, message: `Shop ${shop.id}: ${words}` };
  };
  const page = await ask(parts, stream, shop, EVERYTHING);
  if (page.size === 0) return [say('readable', 'ok', `readable, and without ${name}: filters cannot be verified yet.`)];
  const [known] = page.rows.toSorted((a, b) => a.second - b.second);
  if (known === undefined) return [say('readable', 'failed', 'no record has an id and a readable update time.')];
  const unusable = page.size - page.rows.length;
  const readable =
    unusable === 0
      ? say('readable', 'ok', `${page.size} ${name} were examined.`)
      : say('readable', 'warning', `${unusable} of ${page.size} ${name} are unusable and are quarantined.`);
  const order = stream.sorted ? [await probeOrder(parts, stream, shop, page, say)] : [];
  return [
    readable,
    ...order,
    await probeWindow(parts, stream, shop, known, say),
    await probeIds(parts, stream, shop, known, say),
  ];
}

type Say = (check: string, status: CheckFinding['status'], words: string) => CheckFinding;

/** Whether pages are sorted by update time, oldest first: a search that goes on from one relies on it. */
async function probeOrder(parts: ProbeParts, stream: ShopStream, shop: Shop, first: ProbedPage, say: Say) {
  const { token } = first;
  const second = token === undefined ? undefined : await ask(parts, stream, shop, { ...EVERYTHING, token });
  const seconds = [...first.rows, ...(second?.rows ?? [])].map((row) => row.second);
  const isSorted = seconds.every((value, index) => index === 0 || value >= (seconds[index - 1] ?? 0));
  if (isSorted) return say('order', 'ok', 'pages come in the order of update times.');
  return say(
    'order',
    'failed',
    'pages do not come in the order of update times that was asked for: do not set paging to keyset.',
  );
}

/** Whether a record is found by its own update time, and not by the second after it. */
async function probeWindow(parts: ProbeParts, stream: ShopStream, shop: Shop, known: Row, say: Say) {
  const within = await ask(parts, stream, shop, { ...EVERYTHING, from: known.second, before: known.second + 1 });
  const after = await ask(parts, stream, shop, { ...EVERYTHING, from: known.second + 1, before: known.second + 2 });
  const has = (page: ProbedPage) => page.rows.some(({ id }) => id === known.id);
  if (has(within) && !has(after)) return say('window', 'ok', 'a record is found by its own update time.');
  const words = 'is not found by its own update time, or by another: changes would be missed.';
  return say('window', 'failed', `record ${known.id} ${words}`);
}

/** Whether a record is found by its id, and in the same form: what confirms deletions, and answers webhooks. */
async function probeIds(parts: ProbeParts, stream: ShopStream, shop: Shop, known: Row, say: Say) {
  const { found } = await readIdPage(stream, [known.id], undefined, { ...parts, shops: [shop] });
  const [record] = found;
  if (record === undefined) return say('ids', 'failed', `record ${known.id} is not found by its id.`);
  if (record.text === known.text) return say('ids', 'ok', 'a record is found by its id.');
  return say('ids', 'warning', 'a record is found by its id, but in another form than in a search: it alternates.');
}

async function ask(parts: ProbeParts, stream: ShopStream, shop: Shop, position: SearchPosition): Promise<ProbedPage> {
  const answer = await parts.api.call(searchRequest(stream, shop, position, parts.settings));
  if (answer.outcome !== 'answered') return { rows: [], size: 0 };
  const { token } = searchFacts(answer, position);
  const rows = answer.elements.flatMap((text): readonly Row[] => {
    const decoded = decodeRecord(text, shop.id, stream);
    if (decoded.outcome === 'rejected') return [];
    const { id, modified } = decoded.outcome === 'record' ? decoded.record : decoded.removed;
    return [{ id, second: modified / 1_000, text }];
  });
  return { rows, size: answer.elements.length, ...(token === undefined ? {} : { token }) };
}
