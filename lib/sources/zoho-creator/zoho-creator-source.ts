import type {
  DiscoveredPartition,
  PartitionPage,
  Source,
  SourcePage,
  SourceQuery,
  StreamDefinition,
  SweepQuery,
  VersionPage,
} from '../../ports/source.ts';
import { SourceFailure } from '../../ports/source.ts';
import { isJsonObject, ownField } from '../kit/exact-json.ts';
import type { PartitionNamespace } from '../kit/partition-namespace.ts';
import { parseFields } from '../kit/reading.ts';
import { sweepByReading, versionsOf } from '../kit/sweeps.ts';
import { ZOHO_ID } from './criteria.ts';
import type { DateCodec } from './date-codec.ts';
import { type PagePosition, readPageToken, writePageToken } from './page-token.ts';
import { decodeRecord, type RecordRules, readId } from './record.ts';
import { chunkCount, criterionOf, eventsRequest, registrationsRequest, versionsRequest } from './registration-query.ts';
import type { ReportClient, ReportPage, ReportRequest } from './report-client.ts';
import type { ZohoSettings } from './settings.ts';
import { requireVersionFields } from './version-fields.ts';

const REGISTRATIONS: StreamDefinition = {
  name: 'registrations',
  partitionKind: 'event',
  coverage: 'stream',
  locators: true,
};

/** A filtered report may have a page without records; a source that sends nothing else goes round in circles. */
const MAX_EMPTY_PAGES = 5;
const MAX_TITLE_LENGTH = 200;

export interface ZohoCreatorParts {
  readonly settings: ZohoSettings;
  readonly client: ReportClient;
  readonly codec: DateCodec;
  readonly namespace: PartitionNamespace;
}

/** Reads registrations and events of one Creator application. Pages come in no order of time. */
export class ZohoCreatorSource implements Source {
  readonly streams = [REGISTRATIONS];
  readonly #parts: ZohoCreatorParts;
  readonly #rules: RecordRules;

  constructor(parts: ZohoCreatorParts) {
    const { settings, codec, namespace } = parts;
    this.#parts = parts;
    this.#rules = { ...settings, eventField: settings.registrations.eventField, codec, namespace };
  }

  async read(query: SourceQuery, cursor?: string): Promise<SourcePage> {
    const position = readPageToken(cursor);
    const page = await this.#ask(registrationsRequest(this.#parts.settings), query, position);
    return this.#decode(page, nextOf(position, page, chunkCount(query)));
  }

  async sweep(query: SweepQuery, cursor?: string): Promise<VersionPage> {
    const { settings } = this.#parts;
    if (settings.sweepFields === 'all') return sweepByReading(this, query, cursor);
    const position = readPageToken(cursor);
    const page = await this.#ask(versionsRequest(settings), query, position);
    const decoded = this.#decode(page, nextOf(position, page, 1));
    if (decoded.records.length === 0) requireVersionFields(page.elements, settings);
    return versionsOf(decoded);
  }

  async listPartitions(stream: string, cursor?: string): Promise<PartitionPage> {
    requireStream(stream);
    const { settings, client } = this.#parts;
    const position = readPageToken(cursor);
    const page = await client.page({ ...eventsRequest(settings), ...cursorOf(position) });
    const partitions = page.elements.flatMap((element) => this.#partitionOf(element));
    return { partitions, ...nextOf(position, page, 1) };
  }

  isPartitionId(stream: string, text: string): boolean {
    const own = this.#parts.namespace.own(text);
    return stream === REGISTRATIONS.name && own !== undefined && ZOHO_ID.test(own);
  }

  #ask(request: ReportRequest, query: SourceQuery, position: PagePosition): Promise<ReportPage> {
    requireStream(query.stream);
    const criterion = criterionOf(query, position.chunk, this.#parts);
    return this.#parts.client.page({
      ...request,
      ...(criterion === undefined ? {} : { criterion }),
      ...cursorOf(position),
    });
  }

  #decode({ elements, servedAt, order }: ReportPage, next: Pick<SourcePage, 'next'>): SourcePage {
    const decoded = elements.map((element) => decodeRecord(element, servedAt, this.#rules));
    return {
      records: decoded.flatMap((item) => (item.outcome === 'record' ? [item.record] : [])),
      rejected: decoded.flatMap((item) => (item.outcome === 'rejected' ? [item.rejected] : [])),
      servedAt,
      order,
      ...next,
    };
  }

  #partitionOf(element: string): readonly DiscoveredPartition[] {
    const fields = parseFields(element);
    const id = readId(fields && ownField(fields, 'ID'));
    if (fields === undefined || id.outcome !== 'read') return [];
    const { titleField } = this.#parts.settings.events;
    const title = titleField === undefined ? undefined : titleOf(ownField(fields, titleField));
    return [{ id: this.#parts.namespace.stored(id.value), ...(title === undefined ? {} : { title }) }];
  }
}

function cursorOf(position: PagePosition): { readonly cursor?: string } {
  return position.cursor === undefined ? {} : { cursor: position.cursor };
}

function nextOf(position: PagePosition, page: ReportPage, chunks: number): Pick<SourcePage, 'next'> {
  if (page.cursor !== undefined) {
    const emptyPages = page.elements.length === 0 ? position.emptyPages + 1 : 0;
    if (emptyPages > MAX_EMPTY_PAGES)
      throw new SourceFailure('source-malformed', 'Zoho Creator: pages without end or records');
    return { next: writePageToken({ chunk: position.chunk, emptyPages, cursor: page.cursor }) };
  }
  const chunk = position.chunk + 1;
  return chunk < chunks ? { next: writePageToken({ chunk, emptyPages: 0 }) } : {};
}

function titleOf(value: unknown): string | undefined {
  const shown = isJsonObject(value) ? (ownField(value, 'zc_display_value') ?? ownField(value, 'display_value')) : value;
  const text = typeof shown === 'string' || typeof shown === 'number' ? String(shown).trim() : '';
  return text === '' ? undefined : text.slice(0, MAX_TITLE_LENGTH);
}

function requireStream(stream: string): void {
  if (stream !== REGISTRATIONS.name) {
    throw new SourceFailure(
      'source-misconfigured',
      `Zoho Creator has no stream ${JSON.stringify(stream.slice(0, 32))}`,
    );
  }
}
