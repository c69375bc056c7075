import type { Command } from 'commander';
import { type Load, loadByModel, outputP99 } from '../observe/usage.ts';
import { rightSized } from '../policy/throttle.ts';
import { columns, count } from './columns.ts';
import type { Cli } from './commands.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { lastDays, openBook, positive } from './ledger-reader.ts';
import type { Output } from './output.ts';

type Flags = { days: string; json?: boolean };
export type QuotaRow = Load & { p99Output: number | undefined; maxTokens: number | undefined };

/** `claude-bedrock quota` */
export function define(command: Command, { output, exit }: Cli): void {
  command
    .option('--days <number>', 'how many days of use to look at', '7')
    .option('--json', 'print one JSON object')
    .action(async (flags: Flags) => exit(await quota(flags, output)));
}

async function quota(flags: Flags, output: Output): Promise<ExitCode> {
  const days = positive('--days', flags.days, output);
  if (days === undefined) return exitCodes.usage;
  const book = await openBook(output);
  if (book === 'badConfig') return exitCodes.badConfig;
  const period = lastDays(days);
  const rows =
    book === 'empty'
      ? []
      : loadByModel(book.database, period).map((load): QuotaRow => {
          const p99Output = outputP99(book.database, load.modelId, period);
          return { ...load, p99Output, maxTokens: p99Output === undefined ? undefined : rightSized(p99Output) };
        });
  if (flags.json) output.json({ days, models: rows.map(present), request: rows.map(draft) });
  else if (rows.length > 0)
    output.result([loadTable(rows), ...rows.filter(({ throttled }) => throttled > 0).map(draft)].join('\n\n'));
  return exitCodes.ok;
}

/** JSON has no undefined. */
function present(row: QuotaRow) {
  const { p99Output, maxTokens, ...load } = row;
  return { ...load, p99Output: p99Output ?? null, maxTokens: maxTokens ?? null };
}

export function loadTable(rows: readonly QuotaRow[]): string {
  const heading = [
    'model',
    'requests/min',
    'peak',
    'tokens/min',
    'peak',
    'throttled',
    'answers p99',
    'max_tokens would do',
  ];
  const lines = rows.map((row) => [
    row.modelId,
    count(row.steadyRequests),
    count(row.peakRequests),
    count(row.steadyTokens),
    count(row.peakTokens),
    count(row.throttled),
    row.p99Output === undefined ? 'too few' : count(row.p99Output),
    row.maxTokens === undefined ? '' : count(row.maxTokens),
  ]);
  return columns([heading, ...lines], new Set([1, 2, 3, 4, 5, 6, 7]));
}

/** What AWS asks for in a request for more (RooCodeInc/Roo-Code#3000): steady and peak use, and the mean sizes. */
export function draft(row: QuotaRow): string {
  return [
    `Draft of a request for more quota for ${row.modelId} (Service Quotas > Amazon Bedrock):`,
    `  steady  ${count(row.steadyRequests)} requests and ${count(row.steadyTokens)} tokens a minute, in the minutes in use`,
    `  peak    ${count(row.peakRequests)} requests and ${count(row.peakTokens)} tokens a minute`,
    `  size    ${count(row.meanInputTokens)} tokens of input and ${count(row.meanOutputTokens)} of output a request`,
    `  refused ${count(row.throttled)} calls were throttled`,
  ].join('\n');
}
