import type { Command } from 'commander';
import { type Load, loadByModel, outputP99 } from '../observe/load-by-model.ts';
import { rightSized } from '../policy/throttle.ts';
import { isTight, limitsOf, limitTable, type ModelLimit } from './account-limits.ts';
import { askLimits } from './ask-limits.ts';
import { columns, count } from './columns.ts';
import type { Cli } from './commands.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { lastDays, openBook } from './ledger-reader.ts';
import { positive } from './number-flag.ts';
import type { Output } from './output.ts';

type Flags = { days: string; limits: boolean; json?: boolean };
type QuotaRow = Load & { p99Output: number | undefined; maxTokens: number | undefined };

/** `claude-bedrock quota` */
export function define(command: Command, { output, exit }: Cli): void {
  command
    .option('--days <number>', 'how many days of use to look at, today among them', '7')
    .option('--no-limits', 'do not ask AWS for the account’s limits')
    .option('--json', 'print one JSON object')
    .action(async (flags: Flags) => exit(await quota(flags, output)));
}

async function quota(flags: Flags, output: Output): Promise<ExitCode> {
  const days = positive('--days', flags.days, output);
  if (days === undefined) return exitCodes.usage;
  const book = await openBook(output);
  if (book === 'badConfig') return exitCodes.badConfig;
  if (book === 'unreadable') return exitCodes.failed;
  const period = lastDays(days);
  const rows =
    book === 'empty'
      ? []
      : loadByModel(book.database, period).map((load): QuotaRow => {
          const p99Output = outputP99(book.database, load.modelId, period);
          return { ...load, p99Output, maxTokens: p99Output === undefined ? undefined : rightSized(p99Output) };
        });
  const asked = book === 'empty' || rows.length === 0 || !flags.limits ? undefined : await askLimits(book.loaded);
  const limits = asked && 'quotas' in asked ? limitsOf(rows, asked.quotas) : [];
  const drafts = rows.map((row) => draft(row, limits, asked?.region));
  if (flags.json)
    output.json({
      ...{ days, models: rows.map(present), request: drafts, limits: limits.map((limit) => ({ ...limit })) },
      limitsUnknown: asked && 'unknown' in asked ? asked.unknown : null,
    });
  else if (rows.length > 0) {
    const wanted = rows.flatMap((row, at) => (isTight(row, limits) ? [drafts[at] ?? ''] : []));
    output.result([loadTable(rows), ...limitTable(limits, asked?.region), ...wanted].join('\n\n'));
    if (asked && 'unknown' in asked) output.note(`The account’s limits are not shown: ${asked.unknown}.`);
    else if (asked && limits.length === 0) output.note(`Service Quotas in ${asked.region} names none of these models.`);
  }
  return exitCodes.ok;
}

/** JSON has no undefined. */
function present(row: QuotaRow) {
  const { p99Output, maxTokens, ...load } = row;
  return { ...load, p99Output: p99Output ?? null, maxTokens: maxTokens ?? null };
}

/** The measured load by model, as columns for a terminal. */
function loadTable(rows: readonly QuotaRow[]): string {
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

/** What AWS asks for in a request for more (RooCodeInc/Roo-Code#3000): steady and peak use, and the mean sizes; where the account's limits are known, with the commands that send it. */
function draft(row: QuotaRow, limits: readonly ModelLimit[], region = 'REGION'): string {
  const raises = limits.filter(({ modelId, adjustable, peak }) => modelId === row.modelId && adjustable && peak > 0);
  return [
    `Draft of a request for more quota for ${row.modelId} (Service Quotas > Amazon Bedrock):`,
    `  steady  ${count(row.steadyRequests)} requests and ${count(row.steadyTokens)} tokens a minute, in the minutes in use`,
    `  peak    ${count(row.peakRequests)} requests and ${count(row.peakTokens)} tokens a minute`,
    `  size    ${count(row.meanInputTokens)} tokens of input and ${count(row.meanOutputTokens)} of output a request`,
    `  refused ${count(row.throttled)} calls were throttled`,
    ...raises.map((limit) => `  # ${limit.name}: ${count(limit.value)} now\n  ${raiseCommand(limit, region)}`),
  ].join('\n');
}

/** Twice what is there, or twice the peak if that is more. */
function raiseCommand({ code, value, peak }: ModelLimit, region: string): string {
  const wanted = Math.ceil(Math.max(value, peak) * 2);
  return `aws service-quotas request-service-quota-increase --service-code bedrock --region ${region} --quota-code ${code} --desired-value ${wanted}`;
}
