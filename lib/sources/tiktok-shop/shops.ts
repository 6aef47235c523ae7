import { type DiscoveredPartition, SourceFailure } from '../../ports/source.ts';
import { ownField } from '../kit/exact-json.ts';
import type { PartitionNamespace } from '../kit/partition-namespace.ts';
import { parseFields } from '../kit/reading.ts';
import { readId } from './fields.ts';
import { TIKTOK_ID, type TikTokSettings } from './settings.ts';
import type { ShopApi } from './shop-api.ts';

export interface Shop {
  readonly id: string;
  /** What requests name it by. */
  readonly cipher: string;
  readonly name?: string | undefined;
}

const SHOPS_PATH = '/authorization/202309/shops';
const CIPHER = /^[\x21-\x7e]{1,200}$/;
const MAX_TITLE_LENGTH = 200;

/** The connection's shops: those of its settings, or else all that the application is authorized for, asked once. */
export class Shops {
  readonly #configured: readonly Shop[] | undefined;
  readonly #api: ShopApi;
  readonly #namespace: PartitionNamespace;
  #discovered: readonly Shop[] | undefined;

  constructor(settings: TikTokSettings, api: ShopApi, namespace: PartitionNamespace) {
    this.#configured = settings.shops;
    this.#api = api;
    this.#namespace = namespace;
  }

  /** @throws SourceFailure */
  async all(): Promise<readonly Shop[]> {
    if (this.#configured !== undefined) return this.#configured;
    this.#discovered ??= await this.#discover();
    return this.#discovered;
  }

  /** The shop that a partition is. @throws SourceFailure when it is none of this connection's */
  async of(partition: string): Promise<Shop> {
    const id = this.#namespace.own(partition);
    const shop = (await this.all()).find((candidate) => candidate.id === id);
    if (shop !== undefined) return shop;
    const words = 'is not authorized for the shop: check shops, or have the seller authorize the application';
    throw new SourceFailure('source-misconfigured', `TikTok Shop: the connection ${words}`);
  }

  partitionOf({ id }: Shop): string {
    return this.#namespace.stored(id);
  }

  async list(): Promise<readonly DiscoveredPartition[]> {
    return (await this.all()).map((shop) => ({
      id: this.partitionOf(shop),
      ...(shop.name === undefined || shop.name === '' ? {} : { title: shop.name.slice(0, MAX_TITLE_LENGTH) }),
    }));
  }

  isPartitionId(text: string): boolean {
    const own = this.#namespace.own(text);
    return own !== undefined && TIKTOK_ID.test(own);
  }

  async #discover(): Promise<readonly Shop[]> {
    const answer = await this.#api.call({ method: 'GET', path: SHOPS_PATH, query: {}, list: 'shops' });
    return answer.outcome === 'answered' ? answer.elements.flatMap(readShop) : [];
  }
}

function readShop(element: string): readonly Shop[] {
  const fields = parseFields(element);
  const id = readId(fields && ownField(fields, 'id'));
  const cipher = fields && ownField(fields, 'cipher');
  const name = fields && ownField(fields, 'name');
  if (id.outcome !== 'read' || typeof cipher !== 'string' || !CIPHER.test(cipher)) return [];
  return [{ id: id.value, cipher, ...(typeof name === 'string' ? { name } : {}) }];
}
