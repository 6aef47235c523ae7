/**
 * Where a spreadsheet would take what follows for a formula: at the beginning of a cell, and after what may separate cells
 * in its country, where quotes in the middle of a cell stand for themselves.
 */
const BEFORE_FORMULA = /(?<=^|[;|\t\r\n])(?=[=+\-@\t\r＝＋－＠])/gu;

/**
 * One line of a CSV file that a spreadsheet opens as it was written: what would be taken for a formula gets an
 * apostrophe in front.
 */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(cellText).join(',')}\r\n`;
}

function cellText(cell: string): string {
  const safe = cell.replace(BEFORE_FORMULA, "'");
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
