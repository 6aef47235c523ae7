/** How a field of a record may be called. */
export const COLUMN_NAME = /^[a-z][A-Za-z0-9]{0,63}$/;

/** Letters and digits alone, small: titles that differ in the rest are one. */
export function normalTitle(title: string): string {
  return title
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}
