/**
 * The line (from 1) on which a TOML text sets `path`, or opens the table nearest to it; undefined when it is nowhere.
 * It serves error messages: the parser gives values without their places.
 */
export function lineOfKey(text: string, path: readonly string[]): number | undefined {
  let table: string[] = [];
  let best: { line: number; length: number } | undefined;
  text.split('\n').forEach((line, index) => {
    const header = /^\s*\[+\s*([^\]]+?)\s*\]/.exec(line)?.[1];
    if (header !== undefined) table = dottedKeys(header);
    const key = header === undefined ? /^\s*([^#=]+?)\s*=/.exec(line)?.[1] : undefined;
    if (header === undefined && key === undefined) return;
    const here = key === undefined ? table : [...table, ...dottedKeys(key)];
    const fits = here.length <= path.length && here.every((name, at) => name === path[at]);
    if (fits && here.length > (best?.length ?? 0)) best = { line: index + 1, length: here.length };
  });
  return best?.line;
}

/** The keys of a dotted TOML key, without their quotes. */
export function dottedKeys(dotted: string): string[] {
  const keys = dotted.match(/"[^"]*"|'[^']*'|[^.\s]+/g) ?? [];
  return keys.map((key) => key.replace(/^["']|["']$/g, ''));
}
