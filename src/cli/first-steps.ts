import type { Secret } from '../base/secret.ts';
import { copyToClipboard } from './clipboard.ts';
import type { FirstAnswer, Told } from './demo.ts';
import { firstClause } from './first-clause.ts';
import type { Output } from './output.ts';
import { cut, widthOf } from './table.ts';
import { terminalWidth } from './terminal.ts';

/** The beginning of a key: enough to tell it from others, not to use it. */
export const shortKey = (key: Secret): string => `${key.reveal().slice(0, 9)}…`;

/** `kept`: the key can be shown again, so it need not stand on the screen once it was copied. */
export async function tellListening(url: string, key: Secret, kept: boolean, { result, paint }: Output): Promise<void> {
  const copied = await copyToClipboard(key.reveal());
  const done = paint('green', '✓');
  const listening = `${done} ${'Listening'.padEnd(14)} ${paint('bold', `${url}/v1`)}`;
  if (copied && kept) result(`${listening}   key ${shortKey(key)}  (copied; \`claude-bedrock key show\`)`);
  else {
    result(listening);
    result(`${done} ${'Key'.padEnd(14)} ${key.reveal()}${copied ? '  (copied)' : ''}`);
  }
  result('');
  result('Works on this address: Cline, Roo, Continue, Zed, Aider, Claude Code   (claude-bedrock connect)');
  result('Cursor needs one more step:  claude-bedrock connect cursor');
}

/** The first run's words for the demo. */
export const tellDemo: Told = async ({ url, key }, first: FirstAnswer, { result, verbatim, paint }) => {
  const copied = await copyToClipboard(key.reveal());
  const done = paint('green', '✓');
  result(`${done} Demo server      ${paint('bold', `${url}/v1`)}     key ${key.reveal()}${copied ? ' (copied)' : ''}`);
  const before = `${done} Test request     ${first.status} in ${first.ms} ms   `;
  verbatim(`${before}"${cut(firstClause(first.text), Math.max(40, terminalWidth() - widthOf(before) - 2))}"`);
  result('');
  result('Next: connect an editor      claude-bedrock connect cline');
  result('      use real Claude        claude-bedrock auth login');
  result('Press Ctrl+C to stop.');
};
