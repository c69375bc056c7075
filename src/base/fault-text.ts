const mostCauses = 4;

/**
 * An unexpected error as text for a terminal or a bug report: its name, code and place in the code, with those of its
 * causes. The message only where Node itself made it of names, codes and paths: other messages quote what they were
 * given (JSON.parse the text, an HTTP client the URL), and the errors of HTTP clients carry the whole request.
 */
export function faultText(thrown: unknown): string {
  const lines: string[] = [];
  const seen = new Set<unknown>();
  for (let at = thrown; at !== undefined && seen.size < mostCauses && !seen.has(at); at = causeOf(at)) {
    seen.add(at);
    lines.push(`${lines.length === 0 ? '' : 'caused by '}${headOf(at)}`, ...framesOf(at));
  }
  return lines.join('\n');
}

const causeOf = (error: unknown): unknown => (error instanceof Error ? error.cause : undefined);

function headOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return `a thrown ${thrown === null ? 'null' : typeof thrown}`;
  const code = 'code' in thrown && typeof thrown.code === 'string' && /^\w{1,64}$/.test(thrown.code) ? thrown.code : '';
  const name = /^\w{1,64}$/.test(thrown.name) ? thrown.name : 'Error';
  return (
    [name, ...(code === '' ? [] : [`(${code})`])].join(' ') + (isOfNode(thrown, code) ? `: ${thrown.message}` : '')
  );
}

/** The engine's own complaints about our code, and failed system calls. */
function isOfNode(error: Error, code: string): boolean {
  const isEngine = error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
  return 'syscall' in error ? code !== '' : isEngine && code === '';
}

function framesOf(thrown: unknown): string[] {
  if (!(thrown instanceof Error)) return [];
  const { stack = '', message } = thrown;
  // A message may hold lines that look like frames.
  const frames = stack.slice(Math.max(0, stack.indexOf(message)) + message.length);
  return frames.split('\n').filter((line) => /^ {4}at \S.*:\d+:\d+\)?$/.test(line));
}
