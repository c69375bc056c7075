import { widthOf } from './table.ts';

/** A line broken between words, the rest of it indented by `hang`; a word is never cut, so that commands and URLs stay whole. */
export function wrap(line: string, width: number, hang: number): string {
  if (widthOf(line) <= width) return line;
  // The command that mends it begins a line of its own.
  const arrow = line.lastIndexOf('   -> ');
  if (arrow > 0) {
    const then = `${' '.repeat(hang)}${line.slice(arrow + 3)}`;
    return `${wrap(line.slice(0, arrow), width, hang)}\n${then}`;
  }
  const lines: string[] = [];
  const [indent = ''] = /^ */.exec(line) ?? [];
  let current = indent;
  for (const word of line.slice(indent.length).split(' ')) {
    const longer = current === indent ? `${indent}${word}` : `${current} ${word}`;
    if (current.trim() === '' || widthOf(longer.trimEnd()) <= width) current = longer;
    else {
      lines.push(current.trimEnd());
      current = `${' '.repeat(hang)}${word}`;
    }
  }
  return [...lines, current.trimEnd()].join('\n');
}

/** Prose for a terminal; commands to copy, long addresses and tables stay as they are, because a terminal copies its own breaks away. */
export function wrapProse(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) =>
      /^\s*fix:|\bcurl |https?:\/\/\S{60}/.test(line) || isTable(line) ? line : wrap(line, width, hangOf(line)),
    )
    .join('\n');
}

const isTable = (line: string): boolean => (line.trim().match(/\S {2,}(?=\S)/g) ?? []).length > 3;

/** Under the text behind a label (`✓ region         eu-…`), else two columns in. */
function hangOf(line: string): number {
  const label = /^\s*(?:\S+ )?\S+(?: \S+)? {2,}(?=\S)/.exec(line)?.[0];
  const indent = /^\s*/.exec(line)?.[0].length ?? 0;
  return label === undefined || widthOf(label) > 30 ? indent + 2 : widthOf(label);
}
