import type { Command } from 'commander';
import { errorWords } from '../base/error-words.ts';
import { type ErrorCode, errorCodes } from '../base/errors.ts';
import { findCall, type LedgerCall } from '../observe/ledger-call.ts';
import { count, dollars } from './columns.ts';
import type { Cli } from './commands.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { openBook } from './ledger-reader.ts';
import type { Output } from './output.ts';

/** `claude-bedrock explain <request-id>` */
export function define(command: Command, { output, exit }: Cli): void {
  command
    .argument('<request-id>', 'the x-request-id of an answer, or the id that AWS gave it')
    .option('--json', 'print one JSON object')
    .action(async (id: string, flags: { json?: boolean }) => exit(await explain(id, flags, output)));
}

async function explain(id: string, flags: { json?: boolean }, output: Output): Promise<ExitCode> {
  const book = await openBook(output);
  if (book === 'badConfig') return exitCodes.badConfig;
  // What is wrong with the ledger was told.
  if (book === 'empty' || book === 'unreadable') return exitCodes.failed;
  const call = findCall(book.database, id);
  if (!call) {
    output.fail({ error: `no call ${id} is in the ledger`, fix: 'the id is in the header x-request-id of the answer' });
    return exitCodes.failed;
  }
  if (flags.json) output.json({ call });
  else output.result(told(call));
  return exitCodes.ok;
}

/** A call in sentences. */
export function told(call: LedgerCall): string {
  const { firstEventMs, maxTokens, inputTokens, outputTokens, cacheReadTokens = 0, cacheWriteTokens = 0 } = call;
  const lines = [
    `call       ${call.id}   ${new Date(call.at).toLocaleString('sv')}`,
    `asked by   ${call.client} with the key ${call.key}, as ${call.format}`,
    `model      ${call.model} -> ${call.target} in ${call.region}`,
    `outcome    ${call.outcome}${call.code ? ` (${call.code})` : ''}${call.stopReason ? `, stopped by ${call.stopReason}` : ''}`,
    ...meaning(call.code),
    `time       ${firstEventMs === undefined ? '' : `${count(firstEventMs)} ms to the first event, `}${count(call.durationMs)} ms in all`,
  ];
  if (inputTokens !== undefined && outputTokens !== undefined) {
    lines.push(
      `tokens     ${count(inputTokens)} in, ${count(cacheReadTokens)} from the prompt cache, ${count(cacheWriteTokens)} written to it, ${count(outputTokens)} out`,
    );
    lines.push(
      `cost       ${call.usd === undefined ? 'unpriced' : dollars(call.usd)}${call.savedUsd ? `, ${dollars(call.savedUsd)} saved by caching` : ''}`,
    );
  }
  if (maxTokens !== undefined) lines.push(`reserved   ${count(maxTokens)} tokens by max_tokens, besides the input`);
  if (call.upstreamRequestId) lines.push(`AWS id     ${call.upstreamRequestId}`);
  if (call.changes.length === 0) lines.push('changes    none: the request went out as it came');
  for (const { what, why } of call.changes) lines.push(`changed    ${what}\n           ${why}`);
  return lines.join('\n');
}

/** What the code says, and the command that leads on, where there is one. */
function meaning(code: string | undefined): string[] {
  const known = errorCodes.find((each) => each === code);
  if (known === undefined) return [];
  const next = nextSteps[known];
  return [`means      ${errorWords[known]}`, ...(next === undefined ? [] : [`fix        ${next}`])];
}

const nextSteps: { [code in ErrorCode]?: string } = {
  unauthorized: 'claude-bedrock key list',
  forbidden: 'claude-bedrock aws validate',
  unknown_model: 'claude-bedrock models list',
  limited: 'claude-bedrock config list --changed   (limits and budgets)',
  upstream_limited: 'claude-bedrock quota   (what was used, and a draft of a request for more)',
  upstream_unavailable: 'claude-bedrock doctor',
  sign_in_needed: 'claude-bedrock doctor',
};
