import { stripVTControlCharacters } from 'node:util';
import { terminalWidth } from './terminal.ts';
import { wrap } from './wrap.ts';

/** Cells under each other, the columns as wide as they must be; what is left of the terminal goes to the last one, which goes on below where it is longer. */
export function rowsText(rows: readonly (readonly string[])[], width = terminalWidth(), indent = '  '): string {
  const many = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: many }, (_, at) => Math.max(0, ...rows.map((row) => widthOf(row[at] ?? ''))));
  const gap = 2;
  return rows
    .map((row) => {
      const last = row.length - 1;
      const before = row.slice(0, last).map((cell, at) => padded(cell, (widths[at] ?? 0) + gap));
      const used = indent.length + before.reduce((sum, cell) => sum + widthOf(cell), 0);
      return wrap(`${indent}${before.join('')}${row[last] ?? ''}`, Math.max(used + 20, width), used).trimEnd();
    })
    .join('\n');
}

/** Columns that a text takes on a terminal: letters of East Asia and emoji take two, marks on a letter none. */
export const widthOf = (text: string): number =>
  [...stripVTControlCharacters(text)].reduce((sum, char) => sum + (bare.test(char) ? 0 : broad.test(char) ? 2 : 1), 0);

const bare = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const broad =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}])$/u;

/** A text with spaces up to a width, as a terminal counts it. */
export const padded = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)));

/** A text with at most `width` columns. Only plain text is cut: half a colour code would paint the rest of the screen. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width || text !== stripVTControlCharacters(text)) return text;
  let kept = '';
  let room = width - 1;
  for (const char of text) {
    room -= widthOf(char);
    if (room < 0) break;
    kept += char;
  }
  return `${kept}…`;
}
