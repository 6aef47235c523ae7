import { type JsonObject, objectOf, objectsOf, textOf } from '../json.ts';
import { itemBytes } from './item-size.ts';

const UNIT_BYTES = 1024;

interface IndexShape {
  readonly name: string;
  readonly keys: readonly string[];
  /** Attributes it copies, its own and the table's keys included; `all` of them. */
  readonly copies: ReadonlySet<string> | 'all';
}

/** What decides the units of a table's writes. */
export interface TableShape {
  readonly keys: readonly string[];
  readonly indexes: readonly IndexShape[];
}

/** Write request units of one write, of the table and of each index it changed. */
export interface WriteUnits {
  readonly table: number;
  readonly indexes: Readonly<Record<string, number>>;
}

/** @param description `Table` of a DescribeTable answer */
export function tableShapeOf(description: JsonObject): TableShape {
  const keys = keyNames(description);
  const indexes = objectsOf(description.GlobalSecondaryIndexes).map((index) => {
    const projection = objectOf(index.Projection) ?? {};
    const included = Array.isArray(projection.NonKeyAttributes) ? projection.NonKeyAttributes.map(textOf) : [];
    const indexKeys = keyNames(index);
    return {
      name: textOf(index.IndexName),
      keys: indexKeys,
      copies: projection.ProjectionType === 'ALL' ? ('all' as const) : new Set([...keys, ...indexKeys, ...included]),
    };
  });
  return { keys, indexes };
}

function keyNames(schema: JsonObject): string[] {
  return objectsOf(schema.KeySchema).map((key) => textOf(key.AttributeName));
}

/** Units of replacing `before` by `after`; either may be absent. The larger of the two counts. */
export function writeUnits(shape: TableShape, before?: JsonObject, after?: JsonObject): WriteUnits {
  const indexes: Record<string, number> = {};
  for (const index of shape.indexes) {
    const units = indexUnits(index, entryOf(index, before), entryOf(index, after));
    if (units > 0) indexes[index.name] = units;
  }
  return { table: Math.max(unitsOf(before), unitsOf(after)), indexes };
}

/** A write refused by its condition is billed by the item that is there. */
export function refusedUnits(current?: JsonObject): WriteUnits {
  return { table: unitsOf(current), indexes: {} };
}

/**
 * Nothing when the entry stays as it is; one write when it appears, disappears or changes; two when its key changes,
 * because the old entry is deleted (developer guide, "Write capacity units for global secondary indexes").
 */
function indexUnits(index: IndexShape, before?: JsonObject, after?: JsonObject): number {
  if (before === undefined || after === undefined) {
    const entry = before ?? after;
    return entry === undefined ? 0 : unitsOf(entry);
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return 0;
  const moved = index.keys.some((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
  return moved ? unitsOf(before) + unitsOf(after) : Math.max(unitsOf(before), unitsOf(after));
}

/** The index's copy of an item, with its attributes in order; `undefined` when the item lacks one of its keys. */
function entryOf(index: IndexShape, item?: JsonObject): JsonObject | undefined {
  if (item === undefined || index.keys.some((key) => item[key] === undefined)) return undefined;
  const { copies } = index;
  const copied = Object.entries(item).filter(([name]) => copies === 'all' || copies.has(name));
  return Object.fromEntries(copied.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function unitsOf(item?: JsonObject): number {
  return Math.max(1, Math.ceil(itemBytes(item ?? {}) / UNIT_BYTES));
}
