import { parse } from 'smol-toml';
import type { Edit } from './client.ts';

/** The file's value; undefined when it is not TOML. */
export function readToml(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Sets plain values in their tables, line by line, so that comments and order stay. It knows `key = value` below
 * `[table]`; whoever calls it compares what comes out with what was wanted (`edit-settings.ts`), so a file that writes
 * the same tables in another way is refused, never spoilt.
 */
export function editToml(text: string, edits: readonly Edit[]): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/);
  for (const edit of edits) {
    if ('item' in edit) throw new TypeError('lists of tables are not edited in TOML');
    const key = edit.at.at(-1) ?? '';
    setLine(lines, edit.at.slice(0, -1), key, `${bare(key)} = ${JSON.stringify(edit.value)}`);
  }
  return `${lines.join(eol)}${eol}`;
}

const bare = (key: string): string => (/^[\w-]+$/.test(key) ? key : JSON.stringify(key));

function setLine(lines: string[], table: readonly string[], key: string, line: string): void {
  const [from, to] = tableLines(lines, table);
  if (from === -1) {
    if (lines.length > 0 && lines.at(-1)?.trim() !== '') lines.push('');
    lines.push(`[${table.map(bare).join('.')}]`, line);
    return;
  }
  for (let at = from; at < to; at++) {
    const found = /^\s*("[^"]*"|'[^']*'|[\w-]+)\s*=/.exec(lines[at] ?? '')?.[1];
    if (found?.replace(/^["']|["']$/g, '') === key) {
      const remark = /^[^=]*=\s*(?:"[^"]*"|'[^']*'|[\w.+-]+)(\s*#.*)$/.exec(lines[at] ?? '')?.[1] ?? '';
      lines[at] = `${line}${remark}`;
      return;
    }
  }
  // Behind the table's last line, before the blank and comment lines that belong to the next one.
  let end = to;
  while (end > from && /^\s*(#.*)?$/.test(lines[end - 1] ?? '')) end--;
  lines.splice(end, 0, line);
}

/** The lines of a table, its header left out; the root is what stands before the first header. `[-1, -1]`: it has none. */
function tableLines(lines: readonly string[], table: readonly string[]): [number, number] {
  const isHeader = (line: string): boolean => /^\s*\[/.test(line);
  const nextHeader = (from: number): number => {
    const next = lines.findIndex((line, at) => at >= from && isHeader(line));
    return next === -1 ? lines.length : next;
  };
  if (table.length === 0) return [0, nextHeader(0)];
  const wanted = table.join('\u0000');
  const header = lines.findIndex((line) => {
    const names = /^\s*\[\s*([^[\]]+?)\s*\]/.exec(line)?.[1]?.match(/"[^"]*"|'[^']*'|[\w-]+/g) ?? [];
    return names.length > 0 && names.map((name) => name.replace(/^["']|["']$/g, '')).join('\u0000') === wanted;
  });
  return header === -1 ? [-1, -1] : [header + 1, nextHeader(header + 1)];
}
