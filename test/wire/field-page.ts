import { readFileSync } from 'node:fs';

/** The fields of an interface in an official SDK's type file. */
export function publishedFields(file: string, declaration: string): string[] {
  const types = readFileSync(`node_modules/${file}`, 'utf8');
  const start = types.indexOf(`export interface ${declaration} `);
  const body = types.slice(start, types.indexOf('\n}', start));
  return [...body.matchAll(/^ {4}(\w+)\??:/gm)].map((match) => match[1] ?? '').sort();
}

/** First and second column of the table under a heading of a page. */
export function pageRows(page: string, heading: string): [field: string, verdict: string][] {
  const section = page.split(/^## /m).find((text) => text.startsWith(heading)) ?? '';
  return [...section.matchAll(/^\| `(\w+)` +\| (\w+) +\|/gm)].map((match) => [match[1] ?? '', match[2] ?? '']);
}
