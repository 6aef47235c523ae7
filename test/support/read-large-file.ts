import { manualImports } from '../../lib/sources/manual/manual-imports.ts';

/** Reads a file of so many megabytes, made up as it is read, and says what memory the process had at the most. */

const PIECE = 4 * 1024 * 1024;
const REMARKS = 'asked for another size '.repeat(12);

async function* file(bytes: number): AsyncGenerator<Uint8Array> {
  let made = 0;
  let text = 'Phone,Name,Store,Date,Remarks\n';
  for (let row = 0; made < bytes; row += 1) {
    text += `+9198${String(row).padStart(8, '0')},Guest ${row},kochi,2026-11-05,"${REMARKS}"\n`;
    if (text.length < PIECE) continue;
    made += text.length;
    yield Buffer.from(text);
    text = '';
  }
}

const megabytes = Number(process.argv[2]);
const settings = { timeZone: 'Asia/Kolkata' };
const connection = { id: 'desk', source: 'manual', enabled: true, policy: {}, settings, secrets: {} };
let [rows, bytes] = [0, 0];
async function* counted(): AsyncGenerator<Uint8Array> {
  for await (const piece of file(megabytes * 1024 * 1024 + 1)) {
    bytes += piece.length;
    yield piece;
  }
}
for await (const row of manualImports.read(connection, 'walk-ins', counted())) {
  if (row.outcome !== 'record') throw new Error(`row ${row.row} is ${row.outcome}`);
  rows += 1;
}
process.stdout.write(JSON.stringify({ rows, bytes, peakBytes: process.resourceUsage().maxRSS * 1024 }));
