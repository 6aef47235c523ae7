import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type Instant, instantFromMs } from '../../domain/instant.ts';

/** An item, or part of one, as the table holds it. */
export type Item = Record<string, AttributeValue>;

export const text = (value: string): AttributeValue => ({ S: value });
export const number = (value: number): AttributeValue => ({ N: String(value) });
export const flag = (value: boolean): AttributeValue => ({ BOOL: value });
export const list = (values: readonly AttributeValue[]): AttributeValue => ({ L: [...values] });
export const map = (value: Item): AttributeValue => ({ M: value });
/** A set; the table knows no empty one. */
export const numbers = (values: readonly number[]): AttributeValue => ({ NS: values.map(String) });
/** A set; the table knows no empty one. */
export const texts = (values: readonly string[]): AttributeValue => ({ SS: [...values] });

/** `undefined` leaves the attribute out. */
export function compact(attributes: Readonly<Record<string, AttributeValue | undefined>>): Item {
  const item: Item = {};
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) item[name] = value;
  return item;
}

/** Applies `encode` unless there is nothing to encode. */
export function optional<T>(value: T | undefined, encode: (value: T) => AttributeValue): AttributeValue | undefined {
  return value === undefined ? undefined : encode(value);
}

// The readers are tolerant: an attribute that is missing, or of another type than this version writes, reads as absent.

export function readText(item: Item, name: string): string | undefined {
  return item[name]?.S;
}

export function readNumber(item: Item, name: string): number | undefined {
  const value = item[name]?.N;
  const parsed = value === undefined ? Number.NaN : Number(value);
  return Number.isFinite(parsed) ? parsed : undefined;
}

export function readInstant(item: Item, name: string): Instant | undefined {
  const ms = readNumber(item, name);
  return ms === undefined || Math.abs(ms) > 8.64e15 ? undefined : instantFromMs(ms);
}

export function readFlag(item: Item, name: string): boolean {
  return item[name]?.BOOL ?? false;
}

export function readMap(item: Item, name: string): Item | undefined {
  return item[name]?.M;
}

export function readList(item: Item, name: string): readonly AttributeValue[] {
  return item[name]?.L ?? [];
}

/** In ascending order. */
export function readNumbers(item: Item, name: string): readonly number[] {
  return (item[name]?.NS ?? [])
    .map(Number)
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
}

export function readTexts(item: Item, name: string): readonly string[] {
  return item[name]?.SS ?? [];
}

/** A text that is a key of a record; any other reads as absent. */
export function readKeyOf<T extends string>(
  item: Item,
  name: string,
  allowed: Readonly<Record<T, true>>,
): T | undefined {
  const value = readText(item, name);
  for (const key in allowed) if (key === value) return key;
  return undefined;
}

/** A text out of a fixed list; any other reads as absent. */
export function readOneOf<T extends string>(item: Item, name: string, allowed: readonly T[]): T | undefined {
  const value = readText(item, name);
  return allowed.find((candidate) => candidate === value);
}
