import { diff } from 'node:util';

const around = 3;

/** The difference of two texts as `diff -u` writes it; empty when there is none. */
export function unifiedDiff(before: string, after: string, path: string): string {
  if (before === after) return '';
  // Node calls what only the first text has 1, and what only the second has -1.
  const signs = { '0': ' ', '1': '-', '-1': '+' } as const;
  const steps = diff(linesOf(before), linesOf(after)).map(([kind, line]) => ({ sign: signs[kind], line }));
  const near = steps.map((_, at) =>
    steps.slice(Math.max(0, at - around), at + around + 1).some(({ sign }) => sign !== ' '),
  );
  const out = [`--- ${path}`, `+++ ${path}`];
  let [old, fresh] = [1, 1];
  for (let at = 0; at < steps.length; ) {
    let end = at;
    while (end < steps.length && near[end]) end++;
    const hunk = steps.slice(at, end);
    if (hunk.length > 0) {
      const [left, right] = [hunk.length - count(hunk, '+'), hunk.length - count(hunk, '-')];
      out.push(`@@ -${range(old, left)} +${range(fresh, right)} @@`);
      for (const { sign, line } of hunk) out.push(`${sign}${line}`);
    }
    const passed = steps.slice(at, Math.max(end, at + 1));
    old += passed.length - count(passed, '+');
    fresh += passed.length - count(passed, '-');
    at = Math.max(end, at + 1);
  }
  return `${out.join('\n')}\n`;
}

type Step = { sign: string; line: string };

const count = (steps: readonly Step[], sign: string): number => steps.filter((step) => step.sign === sign).length;

/** An empty side is numbered by the line before it. */
const range = (start: number, length: number): string => `${length === 0 ? start - 1 : start},${length}`;

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}
