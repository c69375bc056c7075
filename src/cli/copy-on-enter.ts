import { createInterface } from 'node:readline';
import { copyToClipboard } from './clipboard.ts';
import type { Output } from './output.ts';

/** Puts one value after the other on the clipboard, each when the person presses Enter, until the last or the signal. */
export function copyOnEnter(values: readonly string[], { note, paint }: Output, signal: AbortSignal): void {
  // Not `terminal`: Ctrl+C must stay the signal that ends the command.
  const lines = createInterface({ input: process.stdin, terminal: false });
  const left = [...values];
  signal.addEventListener('abort', () => lines.close(), { once: true });
  lines.on('line', async () => {
    const value = left.shift();
    if (value === undefined) return;
    if (left.length === 0) lines.close();
    if (!(await copyToClipboard(value))) return;
    note(`${paint('green', '✓')} copied       ${value}${left.length > 0 ? '   (press Enter for the next)' : ''}`);
  });
}
